"""Library → generation."""
