"""Learns the weights of `index.ranking` from questions whose answers are known."""
