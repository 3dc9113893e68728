from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse

from app.exceptions import DuplicateResourceException, ResourceNotFoundException


def setup_exception_handlers(app: FastAPI) -> None:
    @app.exception_handler(ResourceNotFoundException)
    async def not_found(request: Request, exc: ResourceNotFoundException) -> JSONResponse:
        return JSONResponse({"success": False}, status_code=status.HTTP_404_NOT_FOUND)

    @app.exception_handler(DuplicateResourceException)
    async def duplicate(request: Request, exc: DuplicateResourceException) -> JSONResponse:
        return JSONResponse(status_code=409, content={"success": False})
