"""Whole steps that bring a service over from one way to another: structlog for its logging."""
