"""Any configuration is read, or refused with a message that names the file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.configuration.files import load
from gravity_lint.configuration.schema import json_schema
from gravity_lint.errors import UsageError
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.policy import Policy
from tests.fuzz.material import RULES, each, failures, mutated

PAST = failures("configurations")
OPTIONS = {rule.name: rule.options for rule in RULES if rule.options is not None}
SCHEMA = json_schema(OPTIONS)
KEYS = sorted(
    {
        *SCHEMA["properties"],
        *(key for part in SCHEMA["$defs"].values() for key in part.get("properties", ())),
        *SCHEMA["properties"]["rules"]["properties"],
        *("extend-", "", "a b", "\u202e", "ALL"),
    }
)
WORDS = (
    "GRV101",
    "GRV1",
    "ALL",
    "unversioned-route",
    "error",
    "off",
    "**/x",
    "!",
    "(",
    "",
    "é",
    "*",
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(WORDS)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
TEXTS = [
    '[rules.unversioned-route]\npattern = "/api/"\n',
    'select = ["GRV1"]\n[severity]\nGRV1 = "error"\n[layers]\nservices = ["a/**"]\n',
    '[per-file-ignores]\n"a/*.py" = ["ALL"]\n[vocabulary]\nextend-secret-words = ["x"]\n',
    'extend = "gravity-lint.toml"\nbaseline = "x"\nmax-file-size = 10\nrule-timeout = 1\n',
]


def taken(data: bytes) -> None:
    """Hold that the configuration *data* is used or refused."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "gravity-lint.toml"
        file.write_bytes(data)
        message = ""
        try:
            Policy(load(Path(directory)), Overrides())
        except UsageError as error:
            message = str(error)
        assert not message or str(file) in message


@pytest.mark.parametrize("path", PAST, ids=each(PAST))
def test_past_failures(path: Path) -> None:
    taken(path.read_bytes())


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_any_configuration_is_read_or_refused(table: dict[str, Any]) -> None:
    try:
        data = tomlkit.dumps(table).encode()
    except (TypeError, ValueError, tomlkit.exceptions.TOMLKitError):
        return  # TOML cannot say it
    taken(data)


@given(st.sampled_from(sorted(OPTIONS)), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3))
def test_any_options_are_read_or_refused(rule: str, table: dict[str, Any]) -> None:
    try:
        data = tomlkit.dumps({"rules": {rule: table}}).encode()
    except (TypeError, ValueError, tomlkit.exceptions.TOMLKitError):
        return
    taken(data)


@given(mutated(TEXTS) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    taken(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    taken(data)
