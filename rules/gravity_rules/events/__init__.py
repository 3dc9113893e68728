"""Event-Driven Patterns (7xx)."""
