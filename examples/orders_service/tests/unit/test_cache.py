"""Unit tests for caching."""

import pytest
from redis.exceptions import RedisError

from app.core.cache import cache_result, invalidate_cache
from app.core.redis_client import redis_client

pytestmark = pytest.mark.asyncio


class Squarer:
    """Something whose work is worth caching."""

    def __init__(self) -> None:
        """Start without calls."""
        self.calls: list[int] = []

    @cache_result(ttl=30, key_prefix="squares")
    async def square(self, number: int) -> dict[str, int]:
        """Square a number, and remember that it was asked for."""
        self.calls.append(number)
        return {"square": number * number}


async def test_result_is_computed_once_per_argument():
    """Equal calls share a result, others do not, whichever instance is asked."""
    first, second = Squarer(), Squarer()

    results = [await first.square(3), await second.square(3), await second.square(4)]

    assert results == [{"square": 9}, {"square": 9}, {"square": 16}]
    assert (first.calls, second.calls) == ([3], [4])


async def test_entries_expire(fake_redis):
    """Each entry lives as long as the decorator says."""
    await Squarer().square(3)

    assert list(fake_redis.lifetimes.values()) == [30]


async def test_invalidation_spares_other_prefixes(fake_redis):
    """Only keys of the pattern are forgotten."""
    await Squarer().square(3)
    await redis_client.set("cubes:3", "27", ttl=30)

    await invalidate_cache("squares:*")

    assert list(fake_redis.values) == ["cubes:3"]


class UnreachableRedis:
    """Redis that has gone away."""

    async def get(self, key):
        """Fail."""
        raise RedisError(key)

    async def set(self, key, value, ex):
        """Fail."""
        raise RedisError(key)

    async def scan_iter(self, match):
        """Fail at the first key."""
        raise RedisError(match)
        yield


@pytest.mark.parametrize("redis", [None, UnreachableRedis()], ids=["unconnected", "unreachable"])
async def test_without_redis_everything_is_computed(redis):
    """A service without a cache is slower, and works."""
    redis_client.redis = redis
    squarer = Squarer()

    await squarer.square(3)
    await squarer.square(3)
    await invalidate_cache("squares:*")

    assert squarer.calls == [3, 3]
