"""Stores articles, their sources and their history: protocols in `ports`, SQLite in `library`."""
