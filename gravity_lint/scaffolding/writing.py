"""The files of a new rule, or of a whole new pack."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gravity_lint import __version__
from gravity_lint.errors import UsageError
from gravity_lint.installed import OWN_PACKS
from gravity_lint.scaffolding.pack import Pack

_SECTION: Final = "settings"
_RULE: Final = "scattered_environment"
"""The rule with which a pack begins."""
_PACK: Final = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "{package}/__init__.py": "package.py",
    "{package}/py.typed": "py.typed",
    f"{{package}}/{_SECTION}/__init__.py": "section.py",
    f"{{package}}/{_SECTION}/{_RULE}.py": "first_rule.py",
    f"tests/rules/{_RULE}.md": "first_cases.md",
    "tests/test_pack.py": "test_pack.py",
}
"""The files of a pack, and the templates that they are made from."""


def new_pack(directory: Path, package: str = "", letters: str = "") -> list[Path]:
    """Write a pack into *directory*, which must not hold one yet; return the files.

    *package* is the name under which it is imported (empty: as the directory is called),
    *letters* are those with which its codes begin (empty: those with which the package does).
    Raises UsageError where a name cannot be used or a file is in the way.
    """
    named = package or re.sub(r"\W+", "_", directory.absolute().name).strip("_").lower()
    letters = letters or re.sub(r"[^A-Z]", "", named.upper())[:3]
    if not _importable(named) or named in ("tests", "gravity_lint", *OWN_PACKS):
        raise UsageError(f"{named!r} cannot be a package; --package NAME gives another name")
    if not re.fullmatch(r"[A-Z]{2,3}", letters) or letters == "GRV":
        raise UsageError(
            f"codes cannot begin with {letters!r}: two or three capitals that are not GRV;"
            " --letters ABC gives others"
        )
    words = {
        "package": named,
        "distribution": named.replace("_", "-"),
        "letters": letters,
        "section": _SECTION,
        "stem": _RULE,
        "name": _RULE.replace("_", "-"),
        "version": __version__,
    }
    files = {
        directory / path.format(package=named): _filled(template, words)
        for path, template in _PACK.items()
    }
    written = _written(files)
    first = directory / named / _SECTION / f"{_RULE}.py"
    page = directory / "docs" / "rules" / f"{letters}101.md"
    return [*written, *_written({page: _page(first, f"{named}.{_SECTION}.{_RULE}")})]


def new_rule(pack: Pack, section: str, stem: str) -> list[Path]:
    """Write a rule called *stem* into *section* of *pack*, and its cases; return the files.

    Raises UsageError where a name cannot be used or a file is in the way.
    """
    if not _importable(stem) or not _importable(section):
        raise UsageError("a section and a rule are named in lower case, as modules are: a_word")
    known = section in pack.sections
    if pack.name in OWN_PACKS and not known:
        raise UsageError(f"{section!r} is no section: {', '.join(pack.sections)}")
    patterns = [rule.pattern for rule in pack.rules if rule.section == section]
    words = {
        "code": pack.next_code(section),
        "name": stem.replace("_", "-"),
        "pattern": patterns[0] if patterns else section.replace("_", " ").capitalize(),
        "section": section,
    }
    files = {
        pack.package / section / f"{stem}.py": _filled("rule.py", words),
        pack.cases(stem): _filled("cases.md", words),
    }
    initial = pack.package / section / "__init__.py"
    if not initial.exists():
        files = {initial: _filled("section.py", words), **files}
    return _written(files)


def _page(file: Path, name: str) -> str:
    """Return the page of the rule in *file*, which has just been written as the module *name*."""
    import importlib.util
    import sys

    from gravity_lint.reporting.catalogue import page_text
    from gravity_lint.running.packs import load_rules

    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        rule = module.check
        return page_text(rule, (*load_rules(OWN_PACKS), rule))
    finally:
        del sys.modules[name]


def _importable(name: str) -> bool:
    return name.isidentifier() and name == name.lower() and not keyword.iskeyword(name)


def _filled(template: str, words: Mapping[str, str]) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "templates"),
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(f"{template}.jinja").render(words)


def _written(files: Mapping[Path, str]) -> list[Path]:
    """Write *files*, none of which may be there."""
    for path in files:
        if path.exists():
            raise UsageError(f"{path} is there already; nothing was written")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror or error}") from error
    return list(files)
