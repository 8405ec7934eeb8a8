"""The extractive reader: it points at the answer inside a passage."""
