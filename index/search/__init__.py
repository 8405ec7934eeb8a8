"""Which paragraphs are worth a closer look: FAISS and BM25."""
