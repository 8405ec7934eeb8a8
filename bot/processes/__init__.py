"""Child processes that answer questions and build the index."""
