"""Convertors, braces and slashes as Starlette reads them."""

from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/files")


@router.get("/{file_path:path}")
async def read_file(file_path: str) -> str:
    return file_path


@router.get("/by-number/{number:int}/{name}")
async def by_number(number: int, name: str) -> str:
    return name


app = FastAPI()
app.include_router(router, prefix="/api/v1")


@app.get("/{tenant}/files/")
async def of_tenant(tenant: str) -> str:
    return tenant
