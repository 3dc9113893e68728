"""A function that takes the application registers on it."""

from fastapi import FastAPI

from app.setup import setup_routes

app = FastAPI()
setup_routes(app)
