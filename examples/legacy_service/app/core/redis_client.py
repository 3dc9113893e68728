import redis.asyncio as redis

from app.config import settings


class RedisClient:
    def __init__(self) -> None:
        self.redis = redis.from_url(settings.REDIS_URL, decode_responses=True)

    async def get(self, key: str) -> str | None:
        return await self.redis.get(key)

    async def set(self, key: str, value: str, ttl: int | None = None) -> None:
        await self.redis.set(key, value, ex=ttl)


redis_client = RedisClient()
