from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    API_PREFIX: str = "/api/v1"
    DATABASE_URL: str = "postgresql+asyncpg://inventory:inventory@localhost/inventory"
    REDIS_URL: str = "redis://localhost:6379/3"
    RABBITMQ_URL: str = "amqp://guest:guest@localhost/"
    JWT_SECRET: str = "change-me"
    JWT_ALGORITHM: str = "HS256"
    SUPPLIER_API_URL: str = "https://suppliers.internal"


settings = Settings()
