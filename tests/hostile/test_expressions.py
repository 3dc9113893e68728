"""A regular expression in a configuration that is none is a mistake of the configuration."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gravity_lint.configuration.files import load, options
from gravity_lint.errors import ConfigurationError
from gravity_lint.installed import OWN_PACKS
from gravity_lint.rule import Expression, Rule
from gravity_lint.running.packs import load_rules

RULES = [rule for rule in load_rules(OWN_PACKS) if rule.options is not None]
SETTINGS = [
    (rule, field.encode_name)
    for rule in RULES
    for field in msgspec.structs.fields(rule.options)
    if field.type == Expression
]


@pytest.mark.parametrize(("rule", "key"), SETTINGS, ids=str)
@pytest.mark.parametrize("text", ["(", "[", "*", "a{99999999999999}", "(?P<a>)(?P<a>)", "(?<=a*)"])
def test_a_broken_one_is_told_with_file_and_key(
    tmp_path: Path, rule: Rule[Any], key: str, text: str
) -> None:
    file = tmp_path / "gravity-lint.toml"
    file.write_text(f"[rules.{rule.name}]\n{key} = '{text}'\n")
    assert rule.options is not None
    with pytest.raises(ConfigurationError) as raised:
        options(load(tmp_path), rule.name, rule.options)
    assert str(raised.value).startswith(f"{file}: rules.{rule.name}.{key}: ")
    assert "is no regular expression" in str(raised.value)


def test_an_odd_one_prints_nothing(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    rule, key = SETTINGS[0]
    (tmp_path / "gravity-lint.toml").write_text(f"[rules.{rule.name}]\n{key} = '[[a]'\n")
    assert rule.options is not None
    assert getattr(options(load(tmp_path), rule.name, rule.options), key) == "[[a]"
    assert not recwarn.list


def test_every_setting_that_a_rule_reads_as_one_is_declared() -> None:
    used = {
        (rule.name, key.replace("_", "-"))
        for rule in RULES
        for key in re.findall(
            r"\b(?:re\.\w+\(\s*|begins\([\w.]+, )options\.(\w+)",
            inspect.getsource(sys.modules[rule.module_name]),
        )
    }
    assert used == {(rule.name, key) for rule, key in SETTINGS}
