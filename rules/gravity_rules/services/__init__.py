"""Service Layer Patterns (2xx)."""
