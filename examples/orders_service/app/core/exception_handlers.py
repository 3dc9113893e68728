"""Handlers that answer every exception with the same envelope."""

import structlog
from fastapi import FastAPI, Request, status
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.exceptions import (
    AuthenticationException,
    AuthorizationException,
    DuplicateResourceException,
    GravityException,
    OrderStateException,
    ResourceNotFoundException,
    ServiceUnavailableException,
    ValidationException,
)
from app.schemas.response import ErrorResponse

logger = structlog.get_logger()


def setup_exception_handlers(app: FastAPI) -> None:
    """
    Register a handler for each exception of the domain, and for everything else.

    Args:
        app: Application whose exceptions are handled
    """

    @app.exception_handler(ResourceNotFoundException)
    async def resource_not_found_handler(
        request: Request, exc: ResourceNotFoundException
    ) -> JSONResponse:
        """Answer 404 where a resource is missing."""
        logger.warning("resource_not_found", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_404_NOT_FOUND,
            content=ErrorResponse(error="ResourceNotFound", detail=str(exc)).model_dump(
                mode="json"
            ),
        )

    @app.exception_handler(DuplicateResourceException)
    async def duplicate_resource_handler(
        request: Request, exc: DuplicateResourceException
    ) -> JSONResponse:
        """Answer 409 where a resource exists already."""
        logger.warning("duplicate_resource", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_409_CONFLICT,
            content=ErrorResponse(error="DuplicateResource", detail=str(exc)).model_dump(
                mode="json"
            ),
        )

    @app.exception_handler(OrderStateException)
    async def order_state_handler(request: Request, exc: OrderStateException) -> JSONResponse:
        """Answer 409 where an order's state forbids the request."""
        logger.warning("order_state_conflict", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_409_CONFLICT,
            content=ErrorResponse(error="OrderState", detail=str(exc)).model_dump(mode="json"),
        )

    @app.exception_handler(ValidationException)
    async def validation_handler(request: Request, exc: ValidationException) -> JSONResponse:
        """Answer 400 where a business rule is broken."""
        logger.warning("validation_error", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_400_BAD_REQUEST,
            content=ErrorResponse(error="ValidationError", detail=str(exc)).model_dump(mode="json"),
        )

    @app.exception_handler(AuthenticationException)
    async def authentication_handler(
        request: Request, exc: AuthenticationException
    ) -> JSONResponse:
        """Answer 401 where credentials are missing or wrong."""
        logger.warning("authentication_failed", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_401_UNAUTHORIZED,
            content=ErrorResponse(error="AuthenticationFailed", detail=str(exc)).model_dump(
                mode="json"
            ),
            headers={"WWW-Authenticate": "Bearer"},
        )

    @app.exception_handler(AuthorizationException)
    async def authorization_handler(request: Request, exc: AuthorizationException) -> JSONResponse:
        """Answer 403 where the user may not do this."""
        logger.warning("authorization_failed", path=request.url.path, error=str(exc))
        return JSONResponse(
            status_code=status.HTTP_403_FORBIDDEN,
            content=ErrorResponse(error="Forbidden", detail=str(exc)).model_dump(mode="json"),
        )

    @app.exception_handler(ServiceUnavailableException)
    async def service_unavailable_handler(
        request: Request, exc: ServiceUnavailableException
    ) -> JSONResponse:
        """Answer 503 where a dependency of the service is down."""
        logger.error("service_unavailable", path=request.url.path, exc_info=True)
        return JSONResponse(
            status_code=status.HTTP_503_SERVICE_UNAVAILABLE,
            content=ErrorResponse(
                error="ServiceUnavailable", detail="A dependency of the service is unavailable"
            ).model_dump(mode="json"),
        )

    @app.exception_handler(RequestValidationError)
    async def request_validation_handler(
        request: Request, exc: RequestValidationError
    ) -> JSONResponse:
        """Answer 422 where the request does not fit its schema."""
        # What was sent stays out of logs and answers: it may be a password.
        errors = jsonable_encoder(exc.errors(), exclude={"input", "ctx"})
        logger.warning("request_validation_error", path=request.url.path, errors=errors)
        return JSONResponse(
            status_code=status.HTTP_422_UNPROCESSABLE_CONTENT,
            content=ErrorResponse(error="ValidationError", detail=errors).model_dump(mode="json"),
        )

    @app.exception_handler(HTTPException)
    async def http_exception_handler(request: Request, exc: HTTPException) -> JSONResponse:
        """Answer what the framework itself refuses: unknown paths, wrong methods."""
        logger.warning("http_exception", path=request.url.path, status_code=exc.status_code)
        return JSONResponse(
            status_code=exc.status_code,
            content=ErrorResponse(error="HTTPError", detail=exc.detail).model_dump(mode="json"),
            headers=exc.headers,
        )

    @app.exception_handler(GravityException)
    async def gravity_exception_handler(request: Request, exc: GravityException) -> JSONResponse:
        """Answer 500 for an exception of the domain that has no handler of its own."""
        logger.error("unhandled_domain_exception", path=request.url.path, exc_info=True)
        return JSONResponse(
            status_code=status.HTTP_500_INTERNAL_SERVER_ERROR,
            content=ErrorResponse(
                error="InternalServerError", detail="An unexpected error occurred"
            ).model_dump(mode="json"),
        )

    @app.exception_handler(Exception)
    async def general_exception_handler(request: Request, exc: Exception) -> JSONResponse:
        """Answer 500 for everything that nobody expected."""
        logger.error("unexpected_error", path=request.url.path, error=str(exc), exc_info=True)
        return JSONResponse(
            status_code=status.HTTP_500_INTERNAL_SERVER_ERROR,
            content=ErrorResponse(
                error="InternalServerError", detail="An unexpected error occurred"
            ).model_dump(mode="json"),
        )
