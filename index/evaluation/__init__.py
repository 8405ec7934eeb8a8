"""Data sets, metrics, baselines: how good the answers are."""
