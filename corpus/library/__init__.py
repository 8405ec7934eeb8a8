"""Articles, their sources and their history, in SQLite."""
