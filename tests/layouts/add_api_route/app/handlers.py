async def list_items() -> list[int]:
    return []


async def make_item() -> int:
    return 1
