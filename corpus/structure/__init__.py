"""Headline, byline, boilerplate and columns: a draft becomes an article."""
