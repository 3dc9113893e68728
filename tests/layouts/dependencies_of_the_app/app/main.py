"""The application itself has the dependency: everything below is closed."""

from fastapi import APIRouter, Depends, FastAPI

from app.security import get_current_user

router = APIRouter()


@router.get("/one")
async def one() -> int:
    return 1


app = FastAPI(dependencies=[Depends(get_current_user)])
app.include_router(router, prefix="/api/v1")
