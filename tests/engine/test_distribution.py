"""What a service requires is read from the files in which packaging tools would look."""

from pathlib import Path

import pytest

from gravity_lint.discovery.distribution import Distributions, interpret, normalised

SOURCES = {
    "pyproject.toml": """
[project]
dependencies = ["fastapi>=0.110", "Pydantic[email] ~= 2.4 ; python_version > '3'"]
[project.optional-dependencies]
log = ["structlog"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "log"}]
[project.scripts]
seed = "app.seed:main"
""",
    "poetry.toml": """
[tool.poetry.dependencies]
python = "^3.11"
pydantic = "^1.10"
uvicorn = { version = "*", extras = ["standard"] }
[tool.poetry.group.dev.dependencies]
pytest = "8.0"
[tool.poetry.scripts]
run = "app.run:start"
""",
    "requirements.txt": """
# comment
-r base.txt
fastapi==0.110.0 \\
    --hash=sha256:abc
python_dateutil (>=2.8)
git+https://example.com/x.git
""",
    "setup.cfg": """
[options]
install_requires =
    fastapi
    SQLAlchemy>=2
[options.entry_points]
console_scripts =
    work = app.work:main
""",
    "setup.py": """
setup(install_requires=["fastapi", 'redis>=5'],
      entry_points={"console_scripts": ["go = app.go:main"]})
""",
    "Pipfile": """
[packages]
fastapi = "*"
[dev-packages]
pytest = ">=8"
""",
    "environment.yml": """
dependencies:
  - python=3.11
  - fastapi
  - pip:
    - structlog==24.1
""",
}


@pytest.mark.parametrize(
    ("file", "expected", "scripts"),
    [
        (
            "pyproject.toml",
            {"fastapi": ">=0.110", "pydantic": "~= 2.4", "structlog": "", "pytest": ">=8"},
            ("app.seed:main",),
        ),
        ("poetry.toml", {"pydantic": "^1.10", "uvicorn": "", "pytest": "8.0"}, ("app.run:start",)),
        ("requirements.txt", {"fastapi": "==0.110.0", "python-dateutil": ">=2.8"}, ()),
        ("setup.cfg", {"fastapi": "", "sqlalchemy": ">=2"}, ("app.work:main",)),
        ("setup.py", {"fastapi": "", "redis": ">=5"}, ("app.go:main",)),
        ("Pipfile", {"fastapi": "", "pytest": ">=8"}, ()),
        ("environment.yml", {"fastapi": "", "structlog": "==24.1"}, ()),
    ],
)
def test_every_file_is_read(
    tmp_path: Path, file: str, expected: dict[str, str], scripts: tuple[str, ...]
) -> None:
    name = "pyproject.toml" if file == "poetry.toml" else file
    (tmp_path / name).write_text(SOURCES[file])
    (tmp_path / ".git").mkdir()
    found = Distributions().of(tmp_path)
    assert found.requirements is not None
    assert {key: found.requirements.get(key) for key in expected} == {
        key: (version,) for key, version in expected.items()
    }
    assert found.scripts == scripts
    assert found.files == (str(tmp_path / name),)


@pytest.mark.parametrize(
    "text",
    [
        "setup(install_requires=['httpx'], keywords=['async', 'fastapi'])",
        "WORDS = ['fastapi']\nsetup(keywords=WORDS, name='fastapi', install_requires=['httpx'])",
        "setuptools.setup(install_requires=['httpx'], extras_require={'fastapi': ['uvloop']})",
        "TOLD = dict(classifiers=['fastapi'], install_requires=['httpx'])\nsetup(**TOLD)",
        "TOLD = {'keywords': ['fastapi'], 'install_requires': ['httpx']}\nsetup(**TOLD)",
    ],
)
def test_what_a_distribution_is_called_for_is_no_requirement(text: str) -> None:
    found = interpret(["setup.py"], lambda _: text)
    assert found.requires("httpx") is True
    assert found.requires("fastapi") is False


@pytest.mark.parametrize(
    "text",
    [
        "NEEDED = ['httpx', 'fastapi>=0.1']\nsetup(install_requires=NEEDED)",
        "NEEDED = ['httpx']\nNEEDED.append('fastapi')\nsetup(install_requires=NEEDED)",
        "BOTH = ['httpx', 'fastapi']\nsetup(install_requires=BOTH, keywords=BOTH)",
        "WEB = ['fastapi']\nsetup(install_requires=['httpx'], extras_require={'web': WEB})",
        "setup(**{'install_requires': ['httpx'] + ['fastapi']})",
        "EXTRA = dict(web=['fastapi'])\nsetup(install_requires=['httpx'], extras_require=EXTRA)",
    ],
)
def test_requirements_may_be_put_together_anywhere(text: str) -> None:
    found = interpret(["setup.py"], lambda _: text)
    assert found.requires("httpx") is True
    assert found.requires("fastapi") is True


def test_a_member_of_a_workspace_asks_above(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "requirements.txt").write_text("structlog\n")
    member = tmp_path / "services" / "orders"
    member.mkdir(parents=True)
    (member / "pyproject.toml").write_text("[tool.ruff]\n")
    assert Distributions().of(member).requires("structlog") is True


def test_nothing_stated_is_not_known(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\ndynamic = ['dependencies']\n")
    assert Distributions().of(tmp_path).requires("structlog") is None
    (tmp_path / "requirements.txt").write_text("fastapi\n")
    assert Distributions().of(tmp_path).requires("structlog") is False


@pytest.mark.parametrize("text", ["[project", "\x00", "a = [" * 2000, "project = 1"])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    for name in SOURCES:
        assert interpret([name], lambda _: text).requires("fastapi") is not True


def test_names_are_compared_as_packaging_tools_do() -> None:
    assert normalised("Python_Dateutil.X") == "python-dateutil-x"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "pyproject.toml",
            '[project.scripts]\nrun = "app.run:main"\n'
            '[project.gui-scripts]\nshow = "app.run:show"\n'
            '[project.entry-points."shop.routers"]\nnotes = "shop.notes:router [extra]"\n'
            "tags = 'shop.tags'\n",
        ),
        (
            "pyproject.toml",
            '[tool.poetry.plugins."shop.routers"]\n'
            'notes = "shop.notes:router"\ntags = "shop.tags"\n',
        ),
        (
            "setup.cfg",
            "[options.entry_points]\nconsole_scripts =\n    run = app.run:main\n"
            "shop.routers =\n    notes = shop.notes:router\n    tags = shop.tags\n",
        ),
        (
            "setup.py",
            'setup(entry_points={"console_scripts": ["run = app.run:main"],'
            ' "shop.routers": ["notes = shop.notes:router", "tags=shop.tags"]})',
        ),
    ],
)
def test_plugins_are_what_others_load(file: str, text: str) -> None:
    assert interpret([file], lambda _: text).plugins == ("shop.notes:router", "shop.tags")


@pytest.mark.parametrize(
    "text",
    [
        '[tool.poe.tasks.bump]\nscript = "shop.bump:bump"\nhelp = "Bumps."\n',
        '[tool.poe.tasks]\nbump = { script = "shop.bump:bump(part, dry=True)" }\n',
        '[[tool.poe.tasks.release.sequence]]\nscript = "shop.bump:bump"\n',
        '[tool.poe.tasks]\nrelease = [{ script = "shop.bump:bump" }, "lint"]\n',
        '[tool.pdm.scripts]\nbump = { call = "shop.bump:bump" }\nscript = "python -m shop.x:y"\n',
    ],
)
def test_tasks_name_what_they_call(text: str) -> None:
    assert interpret(["pyproject.toml"], lambda _: text).scripts == ("shop.bump:bump",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_requirements_are_read_as_pip_reads_them(tmp_path: Path, encoding: str) -> None:
    text = "fastapi==0.110.0\r\nstructlog\r\n"
    (tmp_path / "requirements.txt").write_bytes(text.encode(encoding))
    found = Distributions().of(tmp_path)
    assert found.requires("structlog")
    assert found.requires("fastapi")
    assert found.requires("redis") is False
