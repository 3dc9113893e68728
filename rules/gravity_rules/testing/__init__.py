"""Testing Patterns (5xx)."""
