"""Finds candidates for a question: by vectors (FAISS) and by words (BM25)."""
