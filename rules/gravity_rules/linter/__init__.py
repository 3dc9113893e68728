"""The linter itself (0xx)."""
