"""The one Redis client of the service."""

from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.config import settings

logger = structlog.get_logger()


class RedisClient:
    """
    Thin wrapper around Redis: strings that expire, and their removal by pattern.

    A cache may forget: until `connect` is called, and whenever the server cannot
    be reached, nothing is remembered and nobody fails.
    """

    def __init__(self) -> None:
        """Initialize a client that is not connected."""
        self.redis: Redis | None = None

    async def connect(self) -> None:
        """Connect to the server that the settings name."""
        self.redis = Redis.from_url(settings.redis_url, decode_responses=True)

    async def disconnect(self) -> None:
        """Close the connection, if there is one."""
        if self.redis is not None:
            await self.redis.aclose()
            self.redis = None

    async def get(self, key: str) -> str | None:
        """
        Read a value.

        Args:
            key: Full key

        Returns:
            Value, None if it is missing or has expired
        """
        if self.redis is None:
            return None
        try:
            return cast(str | None, await self.redis.get(key))
        except RedisError:
            logger.warning("cache_read_failed", key=key, exc_info=True)
            return None

    async def set(self, key: str, value: str, ttl: int) -> None:
        """
        Write a value that expires.

        Args:
            key: Full key
            value: Value
            ttl: Time to live in seconds
        """
        if self.redis is None:
            return
        try:
            await self.redis.set(key, value, ex=ttl)
        except RedisError:
            logger.warning("cache_write_failed", key=key, ttl=ttl, exc_info=True)

    async def delete_matching(self, pattern: str) -> int:
        """
        Delete all keys of a pattern without blocking the server.

        Args:
            pattern: Pattern in Redis' glob syntax

        Returns:
            Number of deleted keys
        """
        if self.redis is None:
            return 0
        try:
            keys = [key async for key in self.redis.scan_iter(match=pattern)]
            if keys:
                await self.redis.delete(*keys)
        except RedisError:
            logger.warning("cache_invalidation_failed", pattern=pattern, exc_info=True)
            return 0
        return len(keys)


redis_client = RedisClient()
