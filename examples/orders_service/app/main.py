"""The application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from app.api import api_router
from app.config import settings
from app.core.database import create_tables, engine
from app.core.events import event_bus
from app.core.exception_handlers import setup_exception_handlers
from app.core.logging import configure_logging
from app.core.redis_client import redis_client
from app.subscribers import order_events  # noqa: F401

logger = structlog.get_logger()


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """
    Connect to everything before the first request, and let go after the last one.

    Args:
        application: Application that starts
    """
    await create_tables()
    await redis_client.connect()
    await event_bus.connect()
    await event_bus.start_consuming()
    logger.info("service_started", service=application.title)
    try:
        yield
    finally:
        await event_bus.disconnect()
        await redis_client.disconnect()
        await engine.dispose()
        logger.info("service_stopped", service=application.title)


def create_app() -> FastAPI:
    """
    Put the application together.

    Returns:
        Application with all routes and exception handlers
    """
    configure_logging(settings.log_level)
    application = FastAPI(title=settings.app_name, version="1.0.0", lifespan=lifespan)
    setup_exception_handlers(application)
    application.include_router(api_router)
    return application


app = create_app()
