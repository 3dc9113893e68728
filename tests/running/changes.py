"""A repository, and everything that may happen to it between two runs."""

import os
import shutil
from pathlib import Path

LEGACY = Path(__file__).parents[2] / "examples" / "legacy_service"


def lay_out(place: Path) -> Path:
    """A repository with two services, a link to a module, and a directory that is left out."""
    for name in ("one", "two"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(LEGACY, place / name, ignore=ignored)
        (place / name / "requirements.txt").write_text("fastapi\n")
    (place / ".git").mkdir()
    (place / "shared").mkdir()
    (place / "shared" / "linked.py").write_text("print('linked')\n")
    (place / "one" / "app" / "linked.py").symlink_to(place / "shared" / "linked.py")
    (place / "one" / ".gitignore").write_text("generated/\n")
    (place / "one" / "generated").mkdir()
    (place / "one" / "generated" / "code.py").write_text("print('generated')\n")
    return place


def edit(top: Path) -> None:
    place = top / "one" / "app" / "main.py"
    place.write_text(place.read_text() + "\nprint('new')\n")


def edit_in_secret(top: Path) -> None:
    """Change a file and leave its size and its time as they were."""
    place = top / "one" / "app" / "main.py"
    before = place.stat()
    place.write_bytes(place.read_bytes()[:-9] + b"\nprint()\n")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def edit_behind_a_link(top: Path) -> None:
    (top / "shared" / "linked.py").write_text("print('changed')\nprint('twice')\n")


def lead_a_link_elsewhere(top: Path) -> None:
    (top / "shared" / "other.py").write_text("print('other')\nprint('twice')\n")
    (top / "one" / "app" / "linked.py").unlink()
    (top / "one" / "app" / "linked.py").symlink_to(top / "shared" / "other.py")


def add(top: Path) -> None:
    (top / "two" / "app" / "added.py").write_text("print('new')\n")


def add_below_a_new_directory(top: Path) -> None:
    (top / "two" / "app" / "inner").mkdir()
    (top / "two" / "app" / "inner" / "added.py").write_text("print('new')\n")


def remove(top: Path) -> None:
    next(iter(sorted((top / "one" / "app" / "api").rglob("*.py")))).unlink()


def exchange(top: Path) -> None:
    one, two = top / "one" / "app" / "main.py", top / "two" / "app" / "config.py"
    one.rename(top / "kept")
    shutil.copy2(two if two.exists() else top / "kept", one)


def replace_by_a_directory(top: Path) -> None:
    place = top / "one" / "app" / "main.py"
    place.unlink()
    place.mkdir()
    (place / "inner.py").write_text("print('inner')\n")


def leave_less_out(top: Path) -> None:
    (top / "one" / ".gitignore").write_text("#\n")


def leave_more_out(top: Path) -> None:
    (top / ".gitignore").write_text("api/\n")


def configure(top: Path) -> None:
    (top / "one" / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def configure_from_above(top: Path) -> None:
    (top / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def configure_below_a_root(top: Path) -> None:
    (top / "two" / "app" / "api" / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def require(top: Path) -> None:
    (top / "one" / "requirements.txt").write_text("fastapi\nstructlog\n")


def part(top: Path) -> None:
    (top / "one" / "app" / "pyproject.toml").write_text("[tool.gravity-lint]\n")


def found_a_repository(top: Path) -> None:
    (top / "two" / ".git").mkdir()


CHANGES = [
    edit,
    edit_in_secret,
    edit_behind_a_link,
    lead_a_link_elsewhere,
    add,
    add_below_a_new_directory,
    remove,
    exchange,
    replace_by_a_directory,
    leave_less_out,
    leave_more_out,
    configure,
    configure_from_above,
    configure_below_a_root,
    require,
    part,
    found_a_repository,
]
