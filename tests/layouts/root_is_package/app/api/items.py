"""It goes up to the root as well."""

from fastapi import APIRouter

from ...pages import Page

router = APIRouter(prefix="/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> Page:
    return Page(title=str(item_id))
