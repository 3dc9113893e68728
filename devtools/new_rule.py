"""Writes the two files of a new rule: the rule, with the next free code, and its cases.

python devtools/new_rule.py SECTION NAME     (for example: logs shouted_event)
"""

from __future__ import annotations

import sys
from pathlib import Path

from gravity_lint.running.packs import load_rules

ROOT = Path(__file__).resolve().parent.parent

RULE = '''"""One sentence that states the norm.

Why it matters, in a short paragraph or two.

## Bad
```python
```

## Good
```python
```
"""

from gravity_lint.model import CallSite, Service
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


def subjects(service: Service) -> tuple[CallSite, ...]:
    """Return what the rule is asked about: better, a word that the model already has."""
    return ()


@rule(
    code="{code}",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="{pattern}",
    subjects=subjects,
)
def check(subject: CallSite) -> Answer:
    """Say when the subject departs from the pattern."""
    return CONFORMS if subject.awaited else Violation("what is wrong here, and what the pattern is")
'''

CASES = """# The usual spelling

Why this case matters.

```python
x = 1  # error: [{name}]
```
"""


def main() -> int:
    """Write the files; say what stands in the way."""
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    section, stem = sys.argv[1:]
    rules = load_rules(("gravity_rules",))
    neighbours = [r for r in rules if r.module_name.split(".")[1] == section]
    if not neighbours or not stem.isidentifier():
        sections = sorted({r.module_name.split(".")[1] for r in rules})
        print(f"SECTION is one of {', '.join(sections)}; NAME is a Python identifier")
        return 2
    rule = ROOT / "rules" / "gravity_rules" / section / f"{stem}.py"
    cases = ROOT / "tests" / "rules" / f"{stem}.md"
    if rule.exists() or cases.exists():
        print(f"there is a rule called {stem} already")
        return 2
    taken = {r.code for r in rules}
    first = neighbours[0].code[:4]
    code = next(c for n in range(1, 100) if (c := f"{first}{n:02}") not in taken)
    rule.write_text(RULE.format(code=code, pattern=neighbours[0].pattern), encoding="utf-8")
    cases.write_text(CASES.format(name=stem.replace("_", "-")), encoding="utf-8")
    for path in (rule, cases):
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
