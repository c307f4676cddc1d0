"""Who acts, and how it is proven: actors, tokens, keys."""
