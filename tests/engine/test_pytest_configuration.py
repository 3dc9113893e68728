"""How pytest's configuration is found and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.discovery.pytest_configuration import PytestConfiguration, PytestConfigurations


def spelled(name: str) -> str:
    """Return the path that the keyword *name* stands for."""
    path = name.replace("__", "/").replace("_ini", ".ini").replace("_toml", ".toml")
    return path.replace("setup_cfg", "setup.cfg")


def configuration(root: Path, **files: str) -> PytestConfiguration:
    for name, text in files.items():
        path = root / (name if "." in name else spelled(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return PytestConfigurations().of(root, sorted(root.rglob("*.py")))


def test_defaults_are_those_of_pytest(tmp_path: Path) -> None:
    assert configuration(tmp_path) == PytestConfiguration()


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        ({"pytest_ini": "[pytest]\nasyncio_mode = auto\n"}, "auto"),
        # pytest does not start with a table of TOML in there.
        (
            {"pytest_ini": "[tool.pytest.ini_options]\ntestpaths = [\n    'tests',\n]\n"},
            None,
        ),
        (
            {"pytest_ini": "", "pyproject_toml": "[tool.pytest.ini_options]\nasyncio_mode='auto'"},
            "strict",
        ),
        ({"pyproject_toml": "[tool.pytest.ini_options]\nasyncio_mode = 'auto'"}, "auto"),
        ({"pyproject_toml": "[tool.pytest]\nasyncio_mode = 'auto'"}, "auto"),
        ({"pytest_toml": "[pytest]\nasyncio_mode = 'auto'"}, "auto"),
        ({"tox_ini": "[tox]\n", "setup_cfg": "[tool:pytest]\nasyncio_mode=auto"}, "auto"),
        ({"pytest_ini": "[pytest]\naddopts = --asyncio-mode=auto\nasyncio_mode = strict"}, "auto"),
        (
            {"pytest_ini": "[pytest]\naddopts = --asyncio-mode strict\nasyncio_mode = auto"},
            "strict",
        ),
        (
            {"pytest_ini": "[pytest]\naddopts =\n    -ra\n    --override-ini=asyncio_mode=auto"},
            "auto",
        ),
        ({"pytest_ini": "[pytest]\naddopts = -oasyncio_mode=auto"}, "auto"),
        ({"pytest_ini": "[pytest]\nanyio_mode = auto"}, "auto"),
        ({"pytest_ini": "[pytest]\ntrio_mode = true"}, "auto"),
        ({"pytest_ini": "[pytest]\nasyncio_mode = legacy"}, None),
        ({"pytest_ini": "[pytest]\naddopts = -p no:asyncio"}, None),
        ({"pytest_ini": "[pytest]\naddopts = -c other.ini"}, None),
        ({"pytest_ini": "[pytest\nasyncio_mode = auto", "pytest_toml": "[pytest"}, None),
        ({"pyproject_toml": "[tool.pytest.ini_options]\nasyncio_mode = ['auto']"}, None),
        ({"pyproject_toml": "tool = 1\n# pytest"}, "strict"),
        ({"pyproject_toml": "[tool]\npytest.ini_options.asyncio_mode = 'auto'"}, "auto"),
        (
            {
                "pyproject_toml": (
                    "[project]\nname = 'x'\n[tool.pytest.ini_options]\nmarkers = [\n'a',\n]\n"
                    "asyncio_mode = 'auto'\n[tool.other]\nasyncio_mode = 'strict'\n"
                )
            },
            "auto",
        ),
        (
            {
                "pyproject_toml": (
                    "[tool.pytest.ini_options]\ndescription = '''\n[other]\n'''\n"
                    "asyncio_mode = 'auto'\n"
                )
            },
            "auto",
        ),
        ({"tests__pytest_ini": "[pytest]\nasyncio_mode = auto", "tests/test_a.py": ""}, None),
        ({"tests__pytest_ini": "[pytest]\nasyncio_mode = auto", "tests/a.py": ""}, "strict"),
        ({"back/pytest.ini": "[pytest]\nasyncio_mode = auto", "back/tests/test_a.py": ""}, None),
        ({"back/tox.ini": "[pytest]\nasyncio_mode = auto", "back/unit/conftest.py": ""}, None),
        ({"back/tox.ini": "[tox]\nenvlist = py", "back/tests/test_a.py": ""}, "strict"),
        ({"back/pytest.ini": "[pytest]\n", "back/tests/test_a.py": ""}, "strict"),
        (
            {
                "pytest_ini": "[pytest]\nasyncio_mode = auto",
                "tests__pytest_ini": "[pytest]\nasyncio_mode = auto",
                "tests/test_a.py": "",
            },
            "auto",
        ),
    ],
)
def test_mode(tmp_path: Path, files: dict[str, str], mode: str | None) -> None:
    assert configuration(tmp_path, **files).asyncio_mode == mode


def test_unreadable_bytes_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_bytes(b"[pytest]\nasyncio_mode = \xff\xfe")
    assert PytestConfigurations().of(tmp_path).asyncio_mode is None


def test_the_requirements_beside_the_tests_count(tmp_path: Path) -> None:
    for name in ("users", "orders"):
        (tmp_path / name / "tests").mkdir(parents=True)
    (tmp_path / "users/requirements.txt").write_text("pytest-asyncio==0.15.0\n")
    (tmp_path / "orders/requirements.txt").write_text(
        "pytest-asyncio==1.2.0\npytest-aiohttp>=1.0\n"
    )
    read = PytestConfigurations()
    assert read.of(tmp_path, [tmp_path / "users/tests/conftest.py"]).asyncio_mode is None
    assert read.of(tmp_path, [tmp_path / "orders/tests/conftest.py"]).asyncio_mode == "strict"


def test_the_nearest_directory_above_counts(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\ntestpaths = other\n")
    root = tmp_path / "services" / "orders"
    root.mkdir(parents=True)
    found = PytestConfigurations().of(root)
    assert found.asyncio_mode == "auto"
    assert found.testpaths == ()  # they are those of the directory above


def test_a_hook_above_makes_the_mode_unknown(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text("def pytest_collection_modifyitems(items): ...\n")
    root = tmp_path / "orders"
    root.mkdir()
    assert PytestConfigurations().of(root).asyncio_mode is None


def test_names_of_tests(tmp_path: Path) -> None:
    found = configuration(
        tmp_path,
        pyproject_toml=(
            "[tool.pytest.ini_options]\n"
            "python_files = 'check_*.py'\n"
            "python_classes = ['*Tests', 'Test']\n"
            "python_functions = 'check test'\n"
            "testpaths = ['./tests/', 'more']\n"
        ),
    )
    assert found.python_files == ("check_*.py",)
    assert found.python_classes == ("*Tests", "Test")
    assert found.python_functions == ("check", "test")
    assert found.testpaths == ("tests", "more")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "test:\n\tpytest --asyncio-mode=auto tests\n"),
        ("requirements-dev.txt", "pytest==6.2\npytest-asyncio==0.15.1\n"),
        ("pyproject.toml", '[tool.poetry.dev-dependencies]\npytest-asyncio = "^0.18.3"\n'),
        ("requirements/test.txt", "pytest-asyncio==0.9.0\n"),
        ("requirements-dev.txt", "pytest-aiohttp==0.3.0\n"),
        ("pytest.ini", "[pytest]\naddopts = -p aiohttp.pytest_plugin\n"),
        (".github/workflows/ci.yml", "- run: pytest --asyncio-mode=auto\n"),
        (".github/workflows/ci.yml", "env:\n  PYTEST_ADDOPTS: --asyncio-mode auto\n"),
        (".github/actions/test/action.yml", "  args: >\n    --asyncio-mode\n    auto\n"),
        (".gitlab-ci.yml", "script:\n  - python -m pytest -o asyncio_mode=auto\n"),
        ("Jenkinsfile", "sh 'pytest --override-ini=asyncio_mode=auto'\n"),
        (".circleci/config.yml", "- run: pytest -c ci/pytest.ini tests\n"),
        ("tox.ini", "[testenv]\ncommands = pytest --asyncio-mode=auto {posargs}\n"),
        ("noxfile.py", 'session.run("pytest", "--asyncio-mode", "auto")\n'),
        ("scripts/test.sh", "exec pytest --asyncio-mode=auto\n"),
        ("package.json", '{"scripts": {"test": "pytest --asyncio-mode=auto"}}'),
        ("docker-compose.test.yml", 'command: ["pytest", "--asyncio-mode=auto"]\n'),
    ],
)
def test_how_a_script_starts_pytest_is_not_followed(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert PytestConfigurations().of(tmp_path).asyncio_mode is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/ci.yml", "- run: pytest --asyncio-mode=strict -q\n"),
        (".github/workflows/ci.yml", "- run: python -c 'import pytest' && pytest -q\n"),
        (".github/workflows/ci.yml", "- run: bash -c 'pytest -q tests'\n"),
        ("Makefile", "test:\n\tpytest -q  # not --asyncio-modes\n"),
        ("README.md", "Run `pytest --asyncio-mode=auto`.\n"),
    ],
)
def test_what_gives_no_other_mode_changes_nothing(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert PytestConfigurations().of(tmp_path).asyncio_mode == "strict"


def test_workflows_of_the_repository_count_for_the_services_in_it(tmp_path: Path) -> None:
    repository = tmp_path / "fleet"
    root = repository / "backend" / "services" / "orders" / "src"
    root.mkdir(parents=True)
    (repository / ".git").mkdir()
    (repository / ".github" / "workflows").mkdir(parents=True)
    workflow = repository / ".github" / "workflows" / "ci.yml"
    workflow.write_text("- run: pytest --asyncio-mode=auto\n")
    (tmp_path / "Makefile").write_text("test:\n\tpytest --asyncio-mode=auto\n")
    assert PytestConfigurations().of(root).asyncio_mode is None
    workflow.write_text("- run: pytest\n")
    assert PytestConfigurations().of(root).asyncio_mode == "strict"


def test_a_configuration_that_is_another_services_own_does_not_count(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("orders", "users"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "Makefile").write_text("test:\n\tpytest users -c users/pytest.ini\n")
    assert PytestConfigurations().of(tmp_path / "orders").asyncio_mode == "strict"
    assert PytestConfigurations().of(tmp_path / "users").asyncio_mode == "strict"
    (tmp_path / "users" / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    assert PytestConfigurations().of(tmp_path / "orders").asyncio_mode == "strict"
    assert PytestConfigurations().of(tmp_path / "users").asyncio_mode == "auto"


def test_a_configuration_above_the_repository_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "orders").mkdir()
    assert PytestConfigurations().of(tmp_path / "repository" / "orders").asyncio_mode == "strict"


@pytest.mark.parametrize(
    ("testpaths", "mode"),
    [("app/tests other", None), ("./app", None), ("other/tests", "strict"), ("", "strict")],
)
def test_a_configuration_above_that_names_these_tests_counts(
    tmp_path: Path, testpaths: str, mode: str | None
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\nasyncio_mode = auto\ntestpaths = {testpaths}\n"
    )
    root = tmp_path / "app"
    (root / "tests").mkdir(parents=True)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    assert PytestConfigurations().of(root).asyncio_mode == mode
