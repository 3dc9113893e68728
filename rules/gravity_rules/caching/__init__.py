"""Caching Patterns (6xx)."""
