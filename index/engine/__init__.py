"""Answers questions from the current generation."""
