"""Question in, answer out, from the current generation."""
