"""Text → sentences, terms and the kinds of answer they offer."""
