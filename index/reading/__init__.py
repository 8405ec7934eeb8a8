"""The reader model, which marks the answer inside a passage."""
