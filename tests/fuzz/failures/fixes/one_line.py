import structlog

logger = structlog.get_logger()
logger.info(f"x {1}")
x = 1  # end
