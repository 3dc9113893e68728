from fastapi import APIRouter, FastAPI

from app.answers import COMMON, EITHER, WRITING, Problem

app = FastAPI()
router = APIRouter(prefix="/api/v1/things", responses={404: {"model": Problem}})


@router.get("/{thing_id}", responses=COMMON)
async def get_thing(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.put("/{thing_id}", responses=WRITING)
async def put_thing(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.delete("/{thing_id}", status_code=204, responses={204: {"model": None}, **EITHER})
async def delete_thing(thing_id: int) -> None: ...


PICTURE = {"content": {"image/png": {}, "application/json": {"example": {"id": 1}}}}
LIMITED = {
    "description": "Too many.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "detail": {"type": "string", "maxLength": 80},
                    "codes": {"type": "array", "items": {"type": "integer", "minimum": 1}},
                    "kind": {"type": "string", "enum": ["minute", "hour"]},
                },
                "required": ["detail"],
            }
        }
    },
}


@router.get("/{thing_id}/picture", responses={200: PICTURE, 404: {"description": "None."}})
async def picture(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


def refusals():
    return {403: {"content": {"text/plain": {"example": "no"}}}, 423: {"model": Problem}}


@router.get("/{thing_id}/refused", responses=refusals())
async def refused(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.get("/{thing_id}/limited", responses={429: LIMITED, 409: {"content": {"text/plain": {}}}})
async def limited(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


app.include_router(router, responses={500: {"description": "Something went wrong."}})
