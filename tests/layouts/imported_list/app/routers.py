from app.items import router as items_router

ROUTERS = [items_router]
