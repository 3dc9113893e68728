import hashlib
import json

from app.core.redis_client import redis_client


def cache_result(ttl: int = 300, key_prefix: str = "cache"):
    def decorator(func):
        async def wrapper(*args, **kwargs):
            call = json.dumps({"func": func.__name__, "kwargs": kwargs})
            cache_key = f"{key_prefix}:{hashlib.md5(call.encode()).hexdigest()}"
            cached = await redis_client.get(cache_key)
            if cached:
                return json.loads(cached)
            result = await func(*args, **kwargs)
            await redis_client.set(cache_key, json.dumps(result), ttl=ttl)
            return result

        return wrapper

    return decorator


async def invalidate_cache(pattern: str) -> None:
    keys = await redis_client.redis.keys(pattern)
    if keys:
        await redis_client.redis.delete(*keys)
