"""Aliases of modules, classes and routers."""

import fastapi as web
import app.items as stock

Application = web.FastAPI
items = stock.router
app = Application()
app.include_router(items, prefix="/api/v1")
