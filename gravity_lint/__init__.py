"""gravity-lint: holds a fleet of FastAPI services to one document of patterns."""

__version__ = "0.1.0"
