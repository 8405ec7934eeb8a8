"""Trains the reader, which marks answers in passages. It is made from the bundled MiniLM."""
