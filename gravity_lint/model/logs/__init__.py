"""Loggers, what is said through them, and what should have been."""
