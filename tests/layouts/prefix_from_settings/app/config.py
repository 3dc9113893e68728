from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    api_prefix: str = "/api"
    version: str = "v1"
    debug: bool = True


settings = Settings()
