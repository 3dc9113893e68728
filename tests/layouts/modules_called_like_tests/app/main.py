from fastapi import FastAPI

from app.api.test_cases import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
