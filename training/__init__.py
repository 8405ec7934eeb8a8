"""Trains the weights of `index.ranking` and the reader with questions whose answers are known."""
