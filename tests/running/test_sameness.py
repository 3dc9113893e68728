"""Whatever is edited in between, every way of asking gives the same answer.

Serial, in several processes, recalled from earlier runs, told again, one file at a time, as flake8
asks. Short here; `make fuzz` goes on for long.
"""

import io
import os
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gravity_lint.cli import main
from gravity_lint.findings.finding import Finding
from gravity_lint.running.inquiry import Inquiry
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run

EXAMPLES = int(os.environ.get("GRAVITY_LINT_FUZZ", "3"))
LONG = EXAMPLES > 3

MAIN = """from fastapi import FastAPI
from app.api import {names}

app = FastAPI()
{includes}
"""
ROUTER = """import logging
from fastapi import APIRouter, Depends, HTTPException
from app.services.{name} import {title}Service, make

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/{name}s")


@router.get("/list_{name}s")
async def list_{name}s(service: {title}Service = Depends(make)):
    logger.info(f"listing {{service}}")
    return await service.all()
"""
SERVICE = """from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from app.errors import Missing


class {title}Service:
    def __init__(self, session: AsyncSession):
        self.session = session

    async def all(self):
        try:
            rows = await self.session.execute(select({title}Service))
        except Exception:
            raise Missing("{name}")
        return rows.scalars().all()


def make(session: AsyncSession = None) -> {title}Service:
    return {title}Service(session)
"""
ERRORS = """class Problem(Exception):
    status_code = 500


class Missing(Problem):
    status_code = 404
"""
TESTS = """import pytest
from app.main import app


@pytest.fixture
async def client():
    yield app


async def test_list(client):
    response = client.get("/{name}s/list_{name}s")
    assert response.status_code == 200
"""
LINES = (
    "print('here')",
    "password = 'hunter2'",
    "async def wait():\n    import time\n    time.sleep(1)",
    "def broken(:",
    "x = 1  # noqa: GRV904",
    "# gravity-lint: ignore-file[GRV5]",
    "from app.errors import *",
    "try:\n    y = 1\nexcept Exception:\n    pass",
    "router = None",
    "class Missing(Exception): ...",
    "prefix = '/api/v1'",
    "\x0c# ünïcödé 😀",
)
CONFIGURATIONS = (
    "",
    'ignore = ["GRV1"]\n',
    'select = ["GRV9", "GRV4"]\n',
    '[severity]\nGRV904 = "error"\n',
    '[layers]\nservices = ["app/api/**"]\n',
    '[per-file-ignores]\n"app/api/*.py" = ["GRV9"]\n',
    "require-suppression-reason = true\n",
    "max-file-size = 400\n",
)
OTHERS = {
    "pytest.ini": ("", "[pytest]\nasyncio_mode = auto\n", "[pytest]\nasyncio_mode = strict\n"),
    "requirements.txt": ("fastapi\n", "fastapi\nstructlog\npydantic<2\n"),
    "Makefile": ("test:\n\tpytest --asyncio-mode=auto\n", ""),
    "tests/pytest.ini": ("[pytest]\nasyncio_mode = auto\n", ""),
    ".gitignore": ("errors.py\n", "tests/\n", ""),
}
NAMES = ("order", "user", "bill")


class Editing(RuleBasedStateMachine):
    """A repository of two services, edited at random."""

    @initialize()
    def lay_out(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="sameness-"))
        self.cache = self.home / "cache"
        self.root = self.home / "repository"
        for service in ("first", "second"):
            self.write(f"{service}/pyproject.toml", '[project]\nname = "x"\n')
            self.write(f"{service}/app/__init__.py", "")
            self.write(f"{service}/app/api/__init__.py", "")
            self.write(f"{service}/app/errors.py", ERRORS)
            includes = "\n".join(f"app.include_router({n}.router)" for n in NAMES)
            main = MAIN.format(names=", ".join(NAMES), includes=includes)
            self.write(f"{service}/app/main.py", main)
            for name in NAMES:
                named = {"name": name, "title": name.title()}
                self.write(f"{service}/app/api/{name}.py", ROUTER.format(**named))
                self.write(f"{service}/app/services/{name}.py", SERVICE.format(**named))
            self.write(f"{service}/tests/test_order.py", TESTS.format(name="order"))
        (self.root / ".git").mkdir()

    def write(self, name: str, text: str) -> None:
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def files(self) -> list[Path]:
        return sorted(x for x in self.root.rglob("*.py") if x.is_file())

    # -- what may happen -----------------------------------------------------------------------

    @rule(data=st.data(), line=st.sampled_from(LINES), first=st.booleans())
    def insert(self, data: st.DataObject, line: str, first: bool) -> None:
        place = data.draw(st.sampled_from(self.files()))
        text = place.read_text(encoding="utf-8")
        text = f"{line}\n{text}" if first else f"{text}{line}\n"
        place.write_text(text, encoding="utf-8")

    @rule(data=st.data(), number=st.integers(0, 30))
    def delete_line(self, data: st.DataObject, number: int) -> None:
        place = data.draw(st.sampled_from(self.files()))
        lines = place.read_text(encoding="utf-8").splitlines(keepends=True)
        del lines[number : number + 1]
        place.write_text("".join(lines), encoding="utf-8")

    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.files())).touch()

    @rule(data=st.data())
    @precondition(lambda self: len(self.files()) > 6)
    def remove(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.files())).unlink()

    @rule(data=st.data(), name=st.sampled_from(("renamed.py", "services.py", "test_moved.py")))
    def rename(self, data: st.DataObject, name: str) -> None:
        place = data.draw(st.sampled_from(self.files()))
        place.rename(place.with_name(name))

    @rule(data=st.data())
    def exchange(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.files()))
        other = data.draw(st.sampled_from(self.files()))
        texts = one.read_bytes(), other.read_bytes()
        one.write_bytes(texts[1])
        other.write_bytes(texts[0])

    @rule(
        service=st.sampled_from((".", "first", "second", "first/app/api")),
        text=st.sampled_from(CONFIGURATIONS),
    )
    def configure(self, service: str, text: str) -> None:
        self.write(f"{service}/gravity-lint.toml", text)

    @rule(
        service=st.sampled_from((".", "first", "second")),
        name=st.sampled_from(sorted(OTHERS)),
        data=st.data(),
    )
    def say_otherwise(self, service: str, name: str, data: st.DataObject) -> None:
        self.write(f"{service}/{name}", data.draw(st.sampled_from(OTHERS[name])))

    @rule(data=st.data())
    @precondition(lambda self: self.cache.exists())
    def damage_the_cache(self, data: st.DataObject) -> None:
        places = sorted(x for x in self.cache.iterdir() if x.suffix)
        if places:
            place = data.draw(st.sampled_from(places))
            content = place.read_bytes()
            at = data.draw(st.integers(0, max(0, len(content) - 1)))
            place.write_bytes(data.draw(st.sampled_from((content[:at], b"x" + content[1:], b""))))

    # -- what never changes --------------------------------------------------------------------

    @invariant()
    def every_way_of_asking_gives_the_same(self) -> None:
        if not hasattr(self, "root"):
            return
        expected = self.judged()
        assert self.judged(jobs=2) == expected
        kept: dict[str, Any] = {"keep": True, "directory": self.cache}
        assert self.judged(**kept) == expected
        assert self.judged(**kept) == expected
        assert self.judged(**kept, jobs=2) == expected
        told = self.told("--no-cache")
        assert self.told("--cache-dir", str(self.cache)) == told
        assert self.told("--cache-dir", str(self.cache)) == told
        findings = expected[0]
        for place in self.files()[:: 1 if LONG else 5]:
            report = run([place], Overrides(forgiving=True), means=Means(**kept))
            assert report.findings == tuple(f for f in findings if f.path == str(place))
        inquiry = Inquiry()
        os.environ["GRAVITY_LINT_CACHE_DIR"] = str(self.cache)
        answers: list[Finding] = []
        for place in self.files():
            answers += (f for f in inquiry.about(place) if f.code != "GRV000")
        assert sorted(answers, key=lambda f: f.order) == list(findings)

    def judged(self, **means: Any) -> tuple[object, ...]:
        report = run([self.root], Overrides(forgiving=True), means=Means(**means))
        return seen(report)

    def told(self, *options: str) -> tuple[int, str, str]:
        with redirect_stdout(io.StringIO()) as said, redirect_stderr(io.StringIO()) as beside:
            status = main([*options, "--jobs", "1", str(self.root)])
        return status, said.getvalue(), beside.getvalue()

    def teardown(self) -> None:
        if hasattr(self, "home"):
            shutil.rmtree(self.home)


def seen(report: Report) -> tuple[object, ...]:
    return (
        report.findings,
        report.tallies,
        report.problems,
        report.notices,
        dict(report.sources),
        report.files,
        report.services,
        report.suppressed,
        report.lenient,
        dict(report.excused),
    )


Editing.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30 if LONG else 7,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestEditing = Editing.TestCase
