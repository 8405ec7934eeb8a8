"""Finds headline, byline, boilerplate and columns, and makes an article of a draft."""
