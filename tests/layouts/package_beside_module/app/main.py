"""Python takes the package, never the module of the same name beside it."""

import app.api as api
from fastapi import FastAPI

app = FastAPI()
app.include_router(api.router)
