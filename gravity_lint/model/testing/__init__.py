"""Tests as pytest sees them, and what they ask of the application."""
