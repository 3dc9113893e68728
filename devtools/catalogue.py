"""Writes what is derived from the code, so that nothing is written twice.

From the rules: `rules/README.md`, and a page per rule in `docs/rules/` with a list. From the
settings: `docs/configuration.md` and the JSON Schema that the package ships. From the classes
that are written as JSON: `docs/schemas/`.

python devtools/catalogue.py          write them
python devtools/catalogue.py --check  exit with 1 if they are not up to date
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.configuration.mistakes import tables
from gravity_lint.configuration.schema import json_schema
from gravity_lint.configuration.settings import Settings
from gravity_lint.reporting.catalogue import page_text
from gravity_lint.reporting.schemas import json_schemas
from gravity_lint.rule import Rule
from gravity_lint.running.packs import load_rules

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "rules"
INTRODUCTION = ROOT / "devtools" / "adding_a_rule.md"
CONFIGURATION = ROOT / "devtools" / "configuration.md"


def pages() -> dict[Path, str]:
    """Return every derived file with its text."""
    rules = load_rules(("gravity_rules",))
    found = {PAGES / f"{rule.code}.md": page_text(rule, rules) for rule in rules}
    found[PAGES / "index.md"] = listed(rules)
    found[ROOT / "rules" / "README.md"] = catalogue(rules)
    found[ROOT / "docs" / "configuration.md"] = configuration()
    options = {rule.name: rule.options for rule in rules if rule.options is not None}
    schema = json.dumps(json_schema(options), indent=2) + "\n"
    found[ROOT / "gravity_lint" / "configuration" / "gravity-lint.schema.json"] = schema
    for name, told in json_schemas().items():
        found[ROOT / "docs" / "schemas" / name] = json.dumps(told, indent=2) + "\n"
    return found


def configuration() -> str:
    """Return the reference of all settings."""
    text = CONFIGURATION.read_text(encoding="utf-8").rstrip() + "\n"
    schema = json_schema()
    sections = tables(Settings)
    text += settings_table("[tool.gravity-lint]", Settings, schema, skip=(*sections, "rules"))
    for name, section in sections.items():
        told = schema["$defs"][section.__name__]
        text += settings_table(f"[tool.gravity-lint.{name}]", section, told)
    return text


def settings_table(
    title: str, section: type[msgspec.Struct], told: dict[str, Any], skip: tuple[str, ...] = ()
) -> str:
    """Return the table of one section: key, default, meaning."""
    text = f"\n## {title}\n\n{told['description']}\n\n"
    text += "| key | default | meaning |\n|---|---|---|\n"
    defaults = section()
    for field in msgspec.structs.fields(section):
        if field.encode_name in skip:
            continue
        words = told["properties"][field.encode_name].get("description", "")
        default = getattr(defaults, field.name)
        shown = "none" if default is None else f"`{written(default)}`"
        text += f"| `{field.encode_name}` | {shown} | {' '.join(words.split())} |\n"
    return text


def catalogue(rules: tuple[Rule[Any], ...]) -> str:
    """Return the list of all rules, behind the contributor's introduction."""
    text = INTRODUCTION.read_text(encoding="utf-8").rstrip() + "\n\n# The rules\n"
    return text + tables_of_rules(rules, "../docs/rules/")


def listed(rules: tuple[Rule[Any], ...]) -> str:
    """Return the list of all rules for the documentation, which takes its order from it."""
    text = "# The rules\n\nEach section of the [patterns](../patterns.md) has a digit."
    text += " `gravity-lint explain CODE` shows the same pages.\n"
    text += tables_of_rules(rules, "")
    text += "\n```{toctree}\n:hidden:\n\n"
    return text + "".join(f"{rule.code}\n" for rule in rules) + "```\n"


def tables_of_rules(rules: tuple[Rule[Any], ...], pages: str) -> str:
    """Return a table per section; *pages* leads from there to the pages of the rules."""
    text = ""
    for _, group in groupby(rules, key=lambda rule: rule.code[:4]):
        members = list(group)
        section = members[0].module_name.split(".")[1]
        text += f"\n## {members[0].code[:4]}xx {section}\n\n"
        text += "| code | name | what it asks for | severity | fix |\n|---|---|---|---|---|\n"
        for rule in members:
            norm = rule.documentation.partition("\n")[0]
            fix = rule.applicability.value if rule.applicability else ""
            severity = rule.severity.value if rule.default else f"{rule.severity.value}, off"
            link = f"[{rule.name}]({pages}{rule.code}.md)"
            text += f"| {rule.code} | {link} | {norm} | {severity} | {fix} |\n"
    return text


def written(value: object) -> str:
    """Return *value* as TOML."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    if isinstance(value, dict):
        members = ", ".join(f"{key} = {written(one)}" for key, one in value.items())
        return f"{{ {members} }}" if members else "{}"
    return msgspec.json.encode(value).decode()


def main() -> int:
    """Write the files, or tell which are out of date."""
    found = pages()
    stale = [p for p, text in found.items() if not p.exists() or p.read_text("utf-8") != text]
    stale += [p for p in PAGES.glob("*.md") if p not in found]
    if "--check" in sys.argv:
        for path in stale:
            print(f"out of date: {path.relative_to(ROOT)}; run `make docs`")
        return int(bool(stale))
    for path in stale:
        if path in found:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
