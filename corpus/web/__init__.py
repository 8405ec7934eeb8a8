"""Fetches web pages politely, refuses private addresses, follows feeds and sitemaps."""
