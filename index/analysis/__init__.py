"""Analyses text: sentences, terms, stop words and answer types."""
