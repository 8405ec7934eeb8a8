"""Questions of our own with known answers, and the training of models from such."""
