"""Measures how good the answers are: data sets, metrics, baselines."""
