"""How pytest's configuration is found and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.discovery.pytest_configuration import PytestConfiguration, PytestConfigurations


def configuration(root: Path, **files: str) -> PytestConfiguration:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_ini", ".ini").replace("_toml", ".toml")
        path = path.with_name(path.name.replace("setup_cfg", "setup.cfg"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return PytestConfigurations().of(root)


def test_defaults_are_those_of_pytest(tmp_path: Path) -> None:
    assert configuration(tmp_path) == PytestConfiguration()


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        ({"pytest_ini": "[pytest]\nasyncio_mode = auto\n"}, "auto"),
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
        ({"tests__pytest_ini": "[pytest]\nasyncio_mode = auto"}, None),
        (
            {
                "pytest_ini": "[pytest]\nasyncio_mode = auto",
                "tests__pytest_ini": "[pytest]\nasyncio_mode = auto",
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
    ],
)
def test_how_a_script_starts_pytest_is_not_followed(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert PytestConfigurations().of(tmp_path).asyncio_mode is None
