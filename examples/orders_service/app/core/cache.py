"""Caching of what services compute."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

import structlog

from app.core.redis_client import redis_client

logger = structlog.get_logger()

Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])


def cache_result(ttl: int, key_prefix: str) -> Callable[[Method], Method]:
    """
    Cache the JSON result of an asynchronous method.

    The key covers the method and its arguments, not the instance: services of
    different requests share their results.

    Args:
        ttl: Time to live in seconds
        key_prefix: First part of the key, by which it can be invalidated

    Returns:
        Decorator
    """

    def decorator(method: Method) -> Method:
        @wraps(method)
        async def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            call = json.dumps(
                {"method": method.__qualname__, "args": args, "kwargs": kwargs}, sort_keys=True
            )
            key = f"{key_prefix}:{hashlib.sha256(call.encode()).hexdigest()}"

            cached = await redis_client.get(key)
            if cached is not None:
                logger.debug("cache_hit", key=key)
                return json.loads(cached)

            result = await method(self, *args, **kwargs)
            await redis_client.set(key, json.dumps(result), ttl=ttl)
            return result

        return cast(Method, wrapper)

    return decorator


async def invalidate_cache(key_pattern: str) -> None:
    """
    Forget cached results.

    Args:
        key_pattern: Pattern of their keys, such as ``orders:*``
    """
    deleted = await redis_client.delete_matching(key_pattern)
    logger.debug("cache_invalidated", pattern=key_pattern, deleted=deleted)
