"""API Development Patterns: endpoints and response schemas (1xx)."""
