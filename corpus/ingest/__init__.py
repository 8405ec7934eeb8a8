"""Reads files, folders, archives and web addresses into the library."""
