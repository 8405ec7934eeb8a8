"""A conversation: references to passages, preferences, rate limits, sessions."""
