"""Which layer files belong to."""

from pathlib import Path

import pytest

from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run

PRINTS = "def seed():\n    print('seeded')\n"


@pytest.mark.parametrize(
    ("root", "files", "judged"),
    [
        ("tests", ("conftest.py", "seeder/server.py"), False),
        ("test", ("conftest.py", "seeder/server.py"), False),
        ("tests", ("functional/conftest.py", "functional/data/seeder.py"), False),
        ("testing", ("conftest.py", "seeder/server.py"), True),
        ("tests", ("tests/conftest.py", "seeder/server.py"), True),
        ("tests", ("test_seeder.py", "seeder/server.py"), True),
        ("tests", ("conftest.py", "app/seeding.py"), True),
        ("tests", ("conftest.py", "main.py", "seeder/server.py"), True),
    ],
)
def test_a_root_that_is_named_for_tests_holds_tests(
    tmp_path: Path, root: str, files: tuple[str, ...], judged: bool
) -> None:
    """It has a project of its own, so that the path below it does not say so."""
    top = tmp_path / "repository" / root
    for name in files:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(PRINTS if "seed" in name else "", "utf-8")
    (top / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    findings = run([top], Overrides(select=("GRV902",))).findings
    assert bool(findings) is judged


@pytest.mark.parametrize(
    ("files", "judged"),
    [
        ({"app/archive/seeding.py": ""}, False),
        (
            {"_archived/services/seeding.py": "", "_archived/main.py": "from services import x"},
            False,
        ),
        (
            {"app/archive/old/seeding.py": "", "app/archive/run.py": "from app.archive import x"},
            False,
        ),
        ({"app/archive/seeding.py": "", "app/main.py": "from app.archive import seeding"}, True),
        ({"app/archive/seeding.py": "", "app/main.py": "from . import archive"}, True),
        ({"app/archive/seeding.py": "", "app/main.py": "import app.archive.seeding as x"}, True),
        ({"app/archiving/seeding.py": ""}, True),
        ({"app/archive.py": "", "app/seeding.py": ""}, True),
    ],
)
def test_what_is_kept_in_an_archive_is_no_part_of_the_app(
    tmp_path: Path, files: dict[str, str], judged: bool
) -> None:
    """Nothing of it is used: what the app imports from a directory of this name is about one."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n{PRINTS if 'seed' in name else ''}", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    findings = run([tmp_path], Overrides(select=("GRV902",))).findings
    assert bool(findings) is judged


def test_commands_of_django_are_no_part_of_the_app(tmp_path: Path) -> None:
    """Its command line loads them by where they lie, and shows what they print."""
    for name in ("shop/management/commands/seed.py", "shop/seeding.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PRINTS, "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    findings = run([tmp_path], Overrides(select=("GRV902",))).findings
    assert [Path(x.path).name for x in findings] == ["seeding.py"]


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("services/price-tools/src/load.py", False),
        ("services/price_tools/src/load.py", True),
        ("price-api/services/load.py", True),
        ("services/price-api/services/load.py", True),
    ],
)
def test_what_no_import_can_say_is_no_part_of_the_services(
    tmp_path: Path, name: str, judged: bool
) -> None:
    """Programs lie side by side in a directory that is called so, too."""
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("def load():\n    raise RuntimeError('no data')\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    findings = run([tmp_path], Overrides(select=("GRV404",))).findings
    assert bool(findings) is judged


RAISES = "def load():\n    raise RuntimeError('no data')\n"
APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("applications", "judged"),
    [
        (("services/orders/src/main.py", "services/stock/src/main.py"), False),
        (("services/orders/main.py", "services/stock/app/main.py"), False),
        (("services/orders/src/main.py", "main.py"), True),
        (("services/orders/src/main.py",), True),
    ],
)
def test_a_package_of_applications_is_no_layer(
    tmp_path: Path, applications: tuple[str, ...], judged: bool
) -> None:
    for name in applications:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(APP, "utf-8")
    for name in ("services/__init__.py", "services/orders/__init__.py"):
        (tmp_path / name).write_text("", "utf-8")
    (tmp_path / "services/orders/load.py").write_text(RAISES, "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    findings = run([tmp_path], Overrides(select=("GRV404",))).findings
    assert bool(findings) is judged


@pytest.mark.parametrize(
    ("beside", "judged"),
    [
        (("auth-service", "admin-service"), False),
        (("auth-service",), True),
        (("auth-service", "admin-service", "orders.py"), True),
        (("auth", "admin"), True),
    ],
)
def test_what_services_with_roots_of_their_own_share_is_no_layer(
    tmp_path: Path, beside: tuple[str, ...], judged: bool
) -> None:
    shared = tmp_path / "services/shared"
    shared.mkdir(parents=True)
    (shared / "load.py").write_text(RAISES, "utf-8")
    for name in beside:
        if name.endswith(".py"):
            (tmp_path / "services" / name).write_text("", "utf-8")
        else:
            (tmp_path / "services" / name / "app").mkdir(parents=True)
            (tmp_path / "services" / name / "app/main.py").write_text(APP, "utf-8")
            project = tmp_path / "services" / name / "pyproject.toml"
            project.write_text("[project]\nname = 'y'\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    found = run([tmp_path], Overrides(select=("GRV404",))).findings
    assert any(Path(x.path).parent == shared for x in found) is judged
