import structlog
from fastapi import FastAPI, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app.core.exceptions import (
    AuthenticationException,
    DuplicateResourceException,
    ResourceNotFoundException,
)

logger = structlog.get_logger()


def register_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ResourceNotFoundException)
    async def handle_not_found(request: Request, exc: ResourceNotFoundException):
        logger.warning("resource_not_found", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_404_NOT_FOUND,
            content={"success": False, "error": "ResourceNotFound", "detail": str(exc)},
        )

    @app.exception_handler(DuplicateResourceException)
    async def handle_duplicate(request: Request, exc: DuplicateResourceException):
        logger.warning("duplicate_resource", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_400_BAD_REQUEST,
            content={"success": False, "error": "DuplicateResource", "detail": str(exc)},
        )

    @app.exception_handler(AuthenticationException)
    async def handle_unauthenticated(request: Request, exc: AuthenticationException):
        return JSONResponse(
            status_code=status.HTTP_401_UNAUTHORIZED,
            content={"error": "unauthenticated", "message": str(exc)},
        )

    @app.exception_handler(RequestValidationError)
    async def handle_invalid_request(request: Request, exc: RequestValidationError):
        logger.warning("invalid_request", path=request.url.path)
        return JSONResponse(
            status_code=status.HTTP_422_UNPROCESSABLE_ENTITY,
            content={"success": False, "error": "ValidationError", "detail": exc.errors()},
        )
