"""Repository Pattern (3xx)."""
