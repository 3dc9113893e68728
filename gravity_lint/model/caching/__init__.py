"""The cache: clients, keys, and cached functions."""
