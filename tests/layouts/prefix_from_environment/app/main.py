"""The environment with a default, and a member of an enumeration."""

import os
from enum import Enum

from fastapi import FastAPI

from app.items import router


class Version(str, Enum):
    ONE = "/v1"


app = FastAPI()
app.include_router(router, prefix=os.getenv("LAYOUT_PREFIX", "/api"))
app.include_router(router, prefix=Version.ONE.value)
app.include_router(router, prefix=os.environ.get("LAYOUT_OTHER", default="/other"))
