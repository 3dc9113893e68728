"""Structured logging, as every section of the document uses it (9xx)."""
