"""Metrics and the health checks."""
