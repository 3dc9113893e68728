"""Authentication Patterns (8xx)."""
