from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(prefix="/pages")


class Page(BaseModel):
    title: str


@router.get("/")
async def list_pages() -> list[Page]:
    return []
