"""The language server: services as FastAPI will see them, while they are being typed."""
