"""Objects make and hold their routers; what they are made with is in the paths."""

from fastapi import APIRouter, FastAPI


class Crud:
    def __init__(self, name: str, version: str = "v1") -> None:
        self.name = name
        self.router = APIRouter(prefix=f"/{version}/{name}")
        self.router.add_api_route(f"/{name}", self.all_of)
        self.router.add_api_route(f"/{self.name}/count", self.count)

    def all_of(self) -> list[int]:
        return []

    def count(self) -> int:
        return 1

    def given(self) -> APIRouter:
        return self.router


authors = Crud("authors")

app = FastAPI()
app.include_router(Crud("books").router)
app.include_router(authors.router)
app.include_router(Crud("trees", version="v2").given())
for crud in (Crud("cats"), Crud("dogs")):
    app.include_router(crud.router)
