from functools import lru_cache

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    api_prefix: str = "/api"
    version: str = "v1"
    debug: bool = True


@lru_cache
def get_settings() -> Settings:
    return Settings()
