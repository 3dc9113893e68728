from app.items import *  # noqa: F403
