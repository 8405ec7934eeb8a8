"""Stores generations, and the caches that save work at the next build."""
