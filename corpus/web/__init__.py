"""Pages fetched politely, addresses guarded, lists followed."""
