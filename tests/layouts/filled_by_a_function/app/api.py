from fastapi import APIRouter

router = APIRouter(prefix="/things")


def _register() -> None:
    @router.get("/{thing_id}")
    async def get_thing(thing_id: int) -> int:
        return thing_id


_register()
