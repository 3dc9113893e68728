"""Error Handling Patterns (4xx)."""
