"""Orders candidates: computes their features, and scores these with learned weights."""
