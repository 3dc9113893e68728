"""Routes, parameters, dependencies and answers, as FastAPI builds them."""
