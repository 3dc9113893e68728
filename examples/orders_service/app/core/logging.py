"""Configuration of structured logging."""

import logging

import structlog


def configure_logging(level: str) -> None:
    """
    Write one JSON object per event to standard output.

    Args:
        level: Name of the lowest level that is written, such as ``INFO``
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=True,
    )
