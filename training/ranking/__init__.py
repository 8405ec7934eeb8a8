"""Fits the weights of `index.ranking` to questions whose answers are known."""
