"""One class for each kind of update."""
