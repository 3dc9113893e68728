import logging

logger = logging.getLogger(__name__)


def f(a):
    logger.info("a %s", a)
