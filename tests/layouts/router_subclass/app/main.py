"""Subclasses of the router, with and without a constructor of their own."""

from fastapi import APIRouter, FastAPI


class PlainRouter(APIRouter):
    def describe(self) -> str:
        return self.prefix


router = PlainRouter(prefix="/api/v1/plain")


@router.get("/")
async def plain() -> int:
    return 1


app = FastAPI()
app.include_router(router)
