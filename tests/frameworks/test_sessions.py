"""What the rules about sessions claim of SQLAlchemy, asked of SQLAlchemy."""

from __future__ import annotations

import asyncio
import gc
import inspect
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, get_origin, get_type_hints

import pytest

pytest.importorskip("aiosqlite")

from fastapi import Depends, FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel
from sqlalchemy import ForeignKey, ScalarResult, func, select, text
from sqlalchemy import inspect as state
from sqlalchemy.exc import InvalidRequestError, MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from gravity_lint.model.services.sessions import COROUTINES, IN_MEMORY, METHODS

T = TypeVar("T")


class Base(DeclarativeBase):
    """Declarative base."""


class Item(Base):
    """A row whose name a trigger changes."""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    labels: Mapped[list[Label]] = relationship()


class Label(Base):
    """A row of another table."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))


TRIGGER = """
CREATE TRIGGER tidy AFTER INSERT ON items
BEGIN UPDATE items SET name = trim(name) WHERE id = NEW.id; END
"""


@asynccontextmanager
async def database(**options: Any) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.execute(text(TRIGGER))
    yield async_sessionmaker(engine, **options)
    await engine.dispose()


def run(work: Callable[[AsyncSession], Awaitable[T]], **options: Any) -> T:
    async def main() -> T:
        async with database(**options) as maker, maker() as session:
            return await work(session)

    return asyncio.run(main())


async def created(session: AsyncSession) -> Item:
    item = Item(name=" lamp ")
    session.add(item)
    await session.commit()
    return item


@pytest.mark.parametrize("cls", [AsyncSession, async_scoped_session])
def test_the_table_of_coroutine_methods_is_sqlalchemys(cls: type) -> None:
    # exec is SQLModel's, remove the scoped session's; others are of newer versions.
    for name in sorted(METHODS):
        method = getattr(cls, name, None)
        if method is not None:
            assert inspect.iscoroutinefunction(method) is (name in COROUTINES), name
    public = {name for name in dir(cls) if not name.startswith("_")}
    coroutines = {x for x in public if inspect.iscoroutinefunction(getattr(cls, x))}
    assert coroutines <= COROUTINES


def test_what_only_notes_something_is_no_coroutine() -> None:
    assert all(not inspect.iscoroutinefunction(getattr(AsyncSession, x)) for x in IN_MEMORY)
    assert not hasattr(AsyncSession, "query")
    assert hasattr(Session, "query")


def test_a_call_that_is_not_awaited_does_nothing() -> None:
    async def work(session: AsyncSession) -> int | None:
        session.add(Item(name="lamp"))
        session.flush()  # type: ignore[unused-coroutine]
        assert session.new
        session.commit()  # type: ignore[unused-coroutine]
        await session.rollback()
        return await session.scalar(select(func.count()).select_from(Item))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert run(work) == 0
        gc.collect()
    said = {str(x.message) for x in caught if x.category is RuntimeWarning}
    assert "coroutine 'AsyncSession.commit' was never awaited" in said


def test_a_coroutine_has_no_result() -> None:
    async def work(session: AsyncSession) -> None:
        coroutine = session.execute(select(Item))
        assert not hasattr(coroutine, "scalars")
        with pytest.raises(TypeError):
            list(coroutine)  # type: ignore[call-overload]
        await coroutine

    run(work)


# The driver's own coroutine is left behind when it cannot wait.
never_awaited = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@never_awaited
def test_an_expired_entity_cannot_be_read() -> None:
    async def work(session: AsyncSession) -> None:
        item = await created(session)
        with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn"):
            _ = item.name
        await session.refresh(item)
        assert item.name == "lamp"

    run(work)
    gc.collect()


def test_an_entity_that_does_not_expire_is_not_what_the_row_holds() -> None:
    async def work(session: AsyncSession) -> None:
        item = await created(session)
        assert item.name == " lamp "
        await session.refresh(item)
        assert item.name == "lamp"

    run(work, expire_on_commit=False)


@never_awaited
def test_relationships_of_an_entity_that_does_not_expire_cannot_be_loaded() -> None:
    async def work(session: AsyncSession) -> None:
        item = await created(session)
        with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn"):
            _ = item.labels
        await session.refresh(item, attribute_names=["labels"])
        assert item.labels == []

    run(work, expire_on_commit=False)
    gc.collect()


def test_scalars_promise_a_sequence() -> None:
    hints = get_type_hints(ScalarResult.all, localns={"_R": Any})
    assert get_origin(hints["return"]) is Sequence

    async def work(session: AsyncSession) -> None:
        await created(session)
        rows = (await session.scalars(select(Item.name))).all()
        assert isinstance(rows, Sequence)
        assert list(rows) == ["lamp"]

    run(work)


def test_counting_rows_in_python_fetches_them() -> None:
    async def work(session: AsyncSession) -> None:
        await created(session)
        await created(session)
        result = await session.execute(select(Item))
        total = await session.scalar(select(func.count()).select_from(Item))
        assert len(result.scalars().all()) == total == 2

    run(work)


def test_many_at_once_are_all_without_a_size() -> None:
    async def work(session: AsyncSession) -> None:
        for _ in range(3):
            await created(session)
        assert len((await session.scalars(select(Item))).fetchmany()) == 3
        assert len((await session.execute(select(Item))).fetchmany()) == 3
        assert len((await session.execute(select(Item))).fetchmany(2)) == 2
        assert len(await (await session.stream(select(Item))).fetchmany()) == 3

    run(work)


def test_an_asynchronous_session_has_no_query() -> None:
    assert not hasattr(AsyncSession, "query")


def test_a_session_scope_of_its_own_is_out_of_reach_of_an_override() -> None:
    opened: list[str] = []

    async def get_db() -> AsyncIterator[str]:
        opened.append("real")
        yield "real"

    async def override() -> AsyncIterator[str]:
        yield "test"

    app = FastAPI()

    @app.get("/managed")
    async def managed(db: str = Depends(get_db)) -> str:
        return db

    @app.get("/unmanaged")
    async def unmanaged() -> str:
        return await anext(get_db())

    app.dependency_overrides[get_db] = override

    async def ask() -> list[Any]:
        transport = ASGITransport(app=app)
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            return [(await client.get(path)).json() for path in ("/managed", "/unmanaged")]

    assert asyncio.run(ask()) == ["test", "real"]
    assert opened == ["real"]


def test_a_dump_gives_what_was_not_sent() -> None:
    class Change(BaseModel):
        name: str | None = None
        price: int | None = None

    class Replacement(BaseModel):
        name: str | None
        price: int

    sent = Change.model_validate({"price": None})
    assert sent.model_dump() == {"name": None, "price": None}
    assert sent.model_dump(exclude={"id"}) == sent.model_dump()
    assert sent.model_dump(exclude_unset=True) == {"price": None}
    assert sent.model_dump(exclude_none=True) == {}
    whole = Replacement.model_validate({"name": None, "price": 1})
    assert whole.model_dump() == whole.model_dump(exclude_unset=True)


def test_the_session_runs_plain_functions() -> None:
    async def work(session: AsyncSession) -> int:
        await created(session)
        return await session.run_sync(lambda inner: inner.query(Item).count())

    assert run(work) == 1


def test_sqlmodel_gives_a_session_of_sqlalchemys() -> None:
    pytest.importorskip("sqlmodel")
    from sqlmodel import Session as HeroSession
    from sqlmodel.ext.asyncio.session import AsyncSession as HeroAsyncSession

    assert issubclass(HeroAsyncSession, AsyncSession)
    assert issubclass(HeroSession, Session)
    assert inspect.iscoroutinefunction(HeroAsyncSession.exec)


# -- blocks that commit --------------------------------------------------------------------


def test_the_end_of_a_block_commits() -> None:
    """What is added in ``begin()`` is in the database afterwards, and as it was in the program."""

    async def work(session: AsyncSession) -> tuple[str, str, int | None]:
        async with session.begin():
            item = Item(name=" a ")
            session.add(item)
        before = item.name
        await session.refresh(item)
        after = item.name
        await session.rollback()
        count = await session.scalar(select(func.count()).select_from(Item))
        return before, after, count

    assert run(work, expire_on_commit=False) == (" a ", "a", 1)


def test_returning_leaves_the_block_first() -> None:
    async def make(session: AsyncSession) -> Item:
        async with session.begin():
            item = Item(name=" a ")
            session.add(item)
            return item

    async def work(session: AsyncSession) -> str:
        item = await make(session)
        assert "name" in state(item).expired_attributes
        await session.refresh(item)
        return item.name

    assert run(work) == "a"


def test_add_all_adds_each_and_each_is_refreshed() -> None:
    async def work(session: AsyncSession) -> list[str]:
        items = [Item(name=f" {n} ") for n in range(2)]
        session.add_all(items)
        await session.commit()
        for each in items:
            await session.refresh(each)
        return [item.name for item in items]

    assert run(work) == ["0", "1"]


def test_a_maker_s_block_closes_its_session() -> None:
    """Nothing can be refreshed after ``async with maker.begin() as session``."""

    async def main() -> None:
        async with database() as maker:
            async with maker.begin() as session:
                item = Item(name="a")
                session.add(item)
            with pytest.raises(InvalidRequestError):
                await session.refresh(item)
            await session.close()

    asyncio.run(main())


@pytest.mark.parametrize("begin", ["begin", "begin_nested"])
def test_a_commit_closes_the_block_around_it(begin: str) -> None:
    """What is committed inside such a block is refreshed after it, and not in it."""

    async def work(session: AsyncSession) -> str:
        async with getattr(session, begin)():
            item = Item(name=" a ")
            session.add(item)
            await session.commit()
            with pytest.raises(InvalidRequestError, match="closed transaction"):
                await session.refresh(item)
        await session.refresh(item)
        return item.name

    assert run(work) == "a"


def test_what_was_let_go_of_cannot_be_refreshed() -> None:
    async def work(session: AsyncSession) -> None:
        item = Item(name="a")
        session.add(item)
        await session.flush()
        session.expunge(item)
        await session.commit()
        with pytest.raises(InvalidRequestError):
            await session.refresh(item)

    run(work)


def test_another_session_cannot_refresh_it() -> None:
    async def main() -> None:
        async with database() as maker, maker() as session, maker() as other:
            item = Item(name="a")
            session.add(item)
            await other.commit()
            with pytest.raises(InvalidRequestError):
                await other.refresh(item)

    asyncio.run(main())
