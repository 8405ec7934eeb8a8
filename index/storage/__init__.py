"""Generations on disk, and the caches that save work at the next build."""
