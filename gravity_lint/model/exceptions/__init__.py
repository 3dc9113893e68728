"""Exceptions: their classes, who raises them, what lets them pass, and who answers for them."""
