"""Training of the reader: an extractive question answerer made from the bundled MiniLM."""
