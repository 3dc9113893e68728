"""Patterns that wait for their first use do what compiled ones do."""

import re
import subprocess
import sys

import pytest

from gravity_lint.patterns import pattern


@pytest.mark.parametrize("text", ["", "abc", "a1b22", "A1\nB2"])
def test_they_find_the_same(text: str) -> None:
    expression, flags = r"(?P<word>[a-z])(\d+)", re.IGNORECASE
    lazy, compiled = pattern(expression, flags), re.compile(expression, flags)
    for _ in range(2):
        assert [m.span() for m in lazy.finditer(text)] == [
            m.span() for m in compiled.finditer(text)
        ]
        assert lazy.findall(text) == compiled.findall(text)
        assert lazy.sub("x", text) == compiled.sub("x", text)
        assert lazy.split(text) == compiled.split(text)
    assert (lazy.pattern, lazy.flags) == (compiled.pattern, compiled.flags)


def test_importing_all_rules_compiles_few_patterns() -> None:
    code = (
        "import re\n"
        "made = []\n"
        "before = re._compile\n"
        "re._compile = lambda p, f: made.append(p) or before(p, f)\n"
        "from gravity_lint.installed import OWN_PACKS\n"
        "from gravity_lint.running.packs import load_rules\n"
        "load_rules(OWN_PACKS)\n"
        "print(len(made))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(done.stdout) < 100
