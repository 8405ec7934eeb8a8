"""Embedding models, and their export for ONNX Runtime."""
