"""Settings of the service, read from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """
    Everything that differs between a laptop, a test run and production.

    Each field is set by the environment variable of the same name in capitals,
    ``API_V1_PREFIX`` for instance.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    app_name: str = "orders-service"
    api_v1_prefix: str = "/api/v1"
    log_level: str = "INFO"

    database_url: str = "sqlite+aiosqlite:///./orders.db"
    test_database_url: str = "sqlite+aiosqlite:///:memory:"

    redis_url: str = "redis://localhost:6379/0"
    cache_ttl_short: int = Field(60, description="Seconds")
    cache_ttl_medium: int = Field(600, description="Seconds")

    rabbitmq_url: str = "amqp://guest:guest@localhost:5672/"
    rabbitmq_exchange: str = "gravity.events"
    rabbitmq_queue_prefix: str = "orders"

    jwt_secret: str = "a-secret-for-local-development-only"
    jwt_algorithm: str = "HS256"
    access_token_minutes: int = 30


settings = Settings()
