"""Builds a generation from the articles of the library."""
