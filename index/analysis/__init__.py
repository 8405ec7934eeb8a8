"""Text → sentences, terms and answer types."""
