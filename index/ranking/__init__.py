"""Features of the candidates, the learned weights, the order that follows."""
