import os
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gravity_lint.configuration.files import (
    Configuration,
    Configurations,
    Imposed,
    load,
    options,
    read,
)
from gravity_lint.configuration.mistakes import tables
from gravity_lint.configuration.schema import json_schema
from gravity_lint.configuration.settings import Settings, Weight
from gravity_lint.configuration.twins import twins
from gravity_lint.errors import UsageError
from gravity_lint.sources import surroundings


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def complaint(directory: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(directory)
    return str(caught.value).replace(f"{directory}{os.sep}", "")


# -- which file -------------------------------------------------------------------------------


def test_nothing_configured_means_the_defaults(tmp_path: Path) -> None:
    configuration = load(tmp_path)
    assert configuration.settings == Settings()
    assert configuration.directory is None


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    write(tmp_path / "gravity-lint.toml", 'ignore = ["GRV1"]')
    write(tmp_path / "users/pyproject.toml", '[tool.gravity-lint]\nselect = ["GRV2"]')
    configuration = load(tmp_path / "users")
    assert configuration.settings.select == ("GRV2",)
    assert configuration.settings.ignore == ()
    assert configuration.directory == tmp_path / "users"


def test_a_pyproject_without_the_table_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "gravity-lint.toml", 'ignore = ["GRV1"]')
    write(tmp_path / "users/pyproject.toml", '[project]\nname = "users"')
    write(tmp_path / "orders/pyproject.toml", '[project]\ndependencies = ["gravity-lint"]')
    assert load(tmp_path / "users/app").directory == tmp_path
    assert load(tmp_path / "orders/app").directory == tmp_path


def test_an_empty_table_counts(tmp_path: Path) -> None:
    write(tmp_path / "gravity-lint.toml", 'ignore = ["GRV1"]')
    write(tmp_path / "users/pyproject.toml", "[tool.gravity-lint]")
    assert load(tmp_path / "users").settings == Settings()


def test_the_own_file_beats_pyproject_in_one_directory(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.gravity-lint]\nselect = ["GRV2"]')
    write(tmp_path / "gravity-lint.toml", 'select = ["GRV3"]')
    assert load(tmp_path).settings.select == ("GRV3",)


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "gravity-lint.toml", 'ignore = ["GRV1"]')
    reads: list[str] = []
    original = surroundings._content

    def counting(file: str) -> bytes | None:
        reads.append(file)
        return original(file)

    monkeypatch.setattr(surroundings, "_content", counting)
    configurations = Configurations()
    first = configurations.above(tmp_path / "a/b")
    assert configurations.above(tmp_path / "a/c") is first
    assert configurations.above(tmp_path) is first
    assert reads == [str(tmp_path / "gravity-lint.toml")]


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    file = write(
        tmp_path / "gravity-lint.toml",
        """
        rule-packs = ["gravity_rules", "acme_rules"]
        select = ["ALL"]
        respect-gitignore = false
        service-root-markers = ["Dockerfile"]
        require-suppression-reason = true
        [per-file-ignores]
        "tests/**" = ["GRV5"]
        [severity]
        GRV101 = "error"
        [layers]
        api = ["web/**"]
        [vocabulary]
        exception-root = "AcmeError"
        [endpoints]
        public = ["/sso/**"]
        [rules.oversized-page]
        limit = 50
        """,
    )
    stated = read(file).settings
    assert stated.rule_packs == ("gravity_rules", "acme_rules")
    assert not stated.respect_gitignore
    assert stated.require_suppression_reason
    assert stated.per_file_ignores == {"tests/**": ("GRV5",)}
    assert stated.severity == {"GRV101": Weight.ERROR}
    assert stated.layers.api == ("web/**",)
    assert stated.layers.services == Settings().layers.services
    assert stated.vocabulary.exception_root == "AcmeError"
    assert stated.endpoints.public == ("/sso/**",)
    assert stated.rules == {"oversized-page": {"limit": 50}}


# -- inheriting -------------------------------------------------------------------------------


def test_tables_merge_lists_replace_and_twins_add_up(tmp_path: Path) -> None:
    write(
        tmp_path / "gravity-lint.toml",
        """
        select = ["GRV1"]
        extend-select = ["GRV190", "GRV690"]
        extend-exclude = ["legacy"]
        [vocabulary]
        exception-root = "AcmeError"
        cache-decorators = ["cached"]
        [per-file-ignores]
        "a" = ["GRV1"]
        "b" = ["GRV1"]
        """,
    )
    write(
        tmp_path / "users/gravity-lint.toml",
        """
        extend = "../gravity-lint.toml"
        select = ["GRV2"]
        extend-select = ["GRV690", "GRV508"]
        [vocabulary]
        cache-decorators = ["memoize"]
        [per-file-ignores]
        "b" = ["GRV2"]
        """,
    )
    configuration = load(tmp_path / "users")
    stated = configuration.settings
    assert stated.select == ("GRV2",)
    assert stated.extend_select == ("GRV190", "GRV690", "GRV508")
    assert stated.exclude == (*Settings().exclude, "legacy")
    assert stated.vocabulary.exception_root == "AcmeError"
    assert stated.vocabulary.cache_decorators == ("memoize",)
    assert stated.per_file_ignores == {"a": ("GRV1",), "b": ("GRV2",)}
    assert configuration.directory == tmp_path / "users"


LISTS = [
    (section, twin, key)
    for section, schema in {"": Settings, **tables(Settings)}.items()
    for twin, key in twins(schema).items()
]


def test_every_list_of_every_table_has_a_twin() -> None:
    for section, schema in {"": Settings, **tables(Settings)}.items():
        for field in msgspec.structs.fields(schema):
            if isinstance(getattr(schema(), field.name), tuple) and field.name != "extend_select":
                named = (section, f"extend-{field.encode_name}", field.encode_name)
                assert named in LISTS or field.name == "select", named


@pytest.mark.parametrize(("section", "twin", "key"), LISTS)
def test_a_twin_adds_to_the_default_and_to_what_is_inherited(
    tmp_path: Path, section: str, twin: str, key: str
) -> None:
    table = '{ change = "NEW", subject = "*", reason = "agreed", until = 2030-12-31 }'
    element = table if key == "waivers" else '"NEW"'
    added = '{ "x" = ["NEW"] }' if "per-file" in key else f"[{element}]"
    heading = f"[{section}]\n" if section else ""
    write(tmp_path / "policy.toml", f"{heading}{twin} = {added.replace('NEW', 'OLD')}\n")
    write(tmp_path / "gravity-lint.toml", f'extend = "policy.toml"\n{heading}{twin} = {added}\n')

    def of(settings: Settings) -> Any:
        stated = msgspec.to_builtins(settings)
        rows = (stated[section] if section else stated)[key]
        return tuple(row["change"] for row in rows) if key == "waivers" else rows

    if "per-file" in key:
        assert of(load(tmp_path).settings) == {"x": ("OLD", "NEW")}
    else:
        assert of(load(tmp_path).settings) == (*of(Settings()), "OLD", "NEW")


def test_a_list_and_its_twin_in_one_table_add_up(tmp_path: Path) -> None:
    text = '[endpoints]\nextend-public = ["/b"]\npublic = ["/a"]\n'
    assert read(write(tmp_path / "gravity-lint.toml", text)).settings.endpoints.public == (
        "/a",
        "/b",
    )


def test_what_a_service_ignores_does_not_undo_what_the_policy_ignores(tmp_path: Path) -> None:
    write(tmp_path / "policy.toml", 'ignore = ["GRV109"]')
    write(tmp_path / "gravity-lint.toml", 'extend = "policy.toml"\nignore = ["GRV110"]')
    assert load(tmp_path).settings.ignore == ("GRV109", "GRV110")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[vocabulary]\nextend-secret-words = "pin"',
            "vocabulary.extend-secret-words: expected a list of strings, found the string 'pin'",
        ),
        ("extend-ignore = [1]", "extend-ignore[0]: expected a string, found the number 1"),
        (
            "[endpoints]\nextend-publik = []",
            "endpoints.extend-publik: there is no such setting; did you mean 'extend-public'?",
        ),
        ("[vocabulary]\nextend-exception-root = []", "vocabulary.extend-exception-root: there is"),
    ],
)
def test_a_mistake_in_a_twin_names_the_twin(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(write(tmp_path / "gravity-lint.toml", text))
    assert str(caught.value).startswith(f"{tmp_path / 'gravity-lint.toml'}: {said}")


class WordOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    words: tuple[str, ...] = ("a", "b")


def test_the_lists_of_a_rules_options_add_up_as_well(tmp_path: Path) -> None:
    write(tmp_path / "policy.toml", '[rules.banned]\nextend-words = ["c"]')
    write(
        tmp_path / "gravity-lint.toml",
        'extend = "policy.toml"\n[rules.banned]\nextend-words = ["d"]',
    )
    assert options(load(tmp_path), "banned", WordOptions).words == ("a", "b", "c", "d")


# -- below the root of a service --------------------------------------------------------------


def overlay(tmp_path: Path, outer: str, inner: str) -> Configuration:
    write(tmp_path / "gravity-lint.toml", outer)
    write(tmp_path / "app/api/gravity-lint.toml", inner)
    configurations = Configurations()
    return configurations.overlay(tmp_path / "app/api", tmp_path, configurations.above(tmp_path))


def test_a_file_below_the_root_stands_on_the_services_configuration(tmp_path: Path) -> None:
    found = overlay(
        tmp_path,
        'ignore = ["GRV109"]\n[vocabulary]\nexception-root = "AcmeError"\n'
        '[rules.banned]\nwords = ["x"]',
        'ignore = ["GRV110"]\n[rules.banned]\nextend-words = ["y"]',
    )
    assert found.fault is None
    assert found.settings.ignore == ("GRV109", "GRV110")
    assert found.settings.vocabulary.exception_root == "AcmeError"
    assert options(found, "banned", WordOptions).words == ("x", "y")


@pytest.mark.parametrize(
    "text",
    [
        '[layers]\napi = ["web/**"]',
        '[vocabulary]\nextend-secret-words = ["pin"]',
        '[endpoints]\npublic = ["/a"]',
        'extend-exclude = ["x"]',
        'service-root-markers = ["x"]',
        'rule-packs = ["x"]',
    ],
)
def test_what_shapes_the_service_is_a_mistake_below_its_root(tmp_path: Path, text: str) -> None:
    fault = overlay(tmp_path, "", text).fault
    assert fault is not None
    assert fault.file == tmp_path / "app/api/gravity-lint.toml"
    assert str(tmp_path / "gravity-lint.toml") in fault.words


# -- what the command line says about files ---------------------------------------------------


def test_a_file_from_outside_holds_instead_of_all_others(tmp_path: Path) -> None:
    write(tmp_path / "service/gravity-lint.toml", 'ignore = ["GRV1"]')
    policy = write(tmp_path / "policy.toml", 'ignore = ["GRV2"]')
    found = load(tmp_path / "service", Imposed(file=policy))
    assert found.settings.ignore == ("GRV2",)
    assert found.directory is None
    assert load(tmp_path / "service", Imposed(isolated=True)).settings == Settings()


def test_chains_are_followed_relative_to_each_file(tmp_path: Path) -> None:
    write(tmp_path / "policy/strict.toml", 'extend = "shared/root.toml"\nignore = ["GRV1"]')
    write(tmp_path / "policy/shared/root.toml", 'select = ["GRV3"]')
    write(tmp_path / "a/pyproject.toml", '[tool.gravity-lint]\nextend = "../policy/strict.toml"')
    configuration = load(tmp_path / "a")
    assert configuration.settings.select == ("GRV3",)
    assert configuration.settings.ignore == ("GRV1",)


def test_says_where_every_setting_comes_from(tmp_path: Path) -> None:
    base = write(tmp_path / "base.toml", 'ignore = ["GRV1"]\n[vocabulary]\nexception-root = "E"')
    own = write(tmp_path / "gravity-lint.toml", 'extend = "base.toml"\nignore = ["GRV2"]')
    origins = {key: (value, file) for key, value, file in load(tmp_path).explained()}
    assert origins["ignore"] == (("GRV1", "GRV2"), own)
    assert origins["vocabulary.exception-root"] == ("E", base)
    assert origins["respect-gitignore"] == (True, None)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path / "site"


@pytest.mark.parametrize(("name", "place"), [("acme_policy", "acme_policy"), ("acme.p", "acme/p")])
def test_an_installed_policy_is_inherited_without_running_it(
    tmp_path: Path, installed: Path, name: str, place: str
) -> None:
    for package in {place, place.partition("/")[0]}:
        write(installed / package / "__init__.py", "raise SystemExit('imported')")
    write(installed / place / "gravity-lint.toml", 'ignore = ["GRV7"]')
    write(tmp_path / "fleet/gravity-lint.toml", f'extend = "package:{name}"')
    assert load(tmp_path / "fleet").settings.ignore == ("GRV7",)
    assert name.partition(".")[0] not in sys.modules


def test_a_policy_is_not_taken_from_the_tree_that_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "acme_policy/__init__.py", "")
    write(tmp_path / "acme_policy/gravity-lint.toml", "ignore = ['ALL']")
    write(tmp_path / "gravity-lint.toml", 'extend = "package:acme_policy"')
    monkeypatch.syspath_prepend(tmp_path)
    assert "no package 'acme_policy'" in complaint(tmp_path)


@pytest.mark.parametrize(
    "name", ["absent_policy", "", ".", "..", "os.path", "__main__", "json", "a b", "json.decoder"]
)
def test_a_policy_that_is_not_there(tmp_path: Path, name: str) -> None:
    write(tmp_path / "gravity-lint.toml", f'extend = "package:{name}"')
    said = complaint(tmp_path)
    assert said.startswith("gravity-lint.toml: extend: no package ")
    assert repr(name) in said


@pytest.mark.parametrize("extend", ["absent.toml", ".", "..", "", "\\u0000", "x" * 5000])
def test_a_file_that_is_not_there(tmp_path: Path, extend: str) -> None:
    write(tmp_path / "gravity-lint.toml", f'extend = "{extend}"')
    assert complaint(tmp_path).startswith("gravity-lint.toml: extend: there is no file ")


def test_inheriting_from_a_pyproject_without_the_table(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.ruff]")
    write(tmp_path / "a/gravity-lint.toml", 'extend = "../pyproject.toml"')
    with pytest.raises(UsageError, match=r"pyproject\.toml: there is no table \[tool\."):
        load(tmp_path / "a")


@pytest.mark.parametrize(
    "names", [["gravity-lint.toml"], ["gravity-lint.toml", "b.toml", "c.toml"]]
)
def test_circles_are_an_error(tmp_path: Path, names: list[str]) -> None:
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        write(tmp_path / name, f'extend = "{following}"')
    said = complaint(tmp_path)
    assert "'extend' goes round in a circle" in said
    assert all(name in said for name in names)


# -- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selekt = []", "selekt: there is no such setting; did you mean 'select'?"),
        (
            "extend_select = []",
            "extend_select: there is no such setting; did you mean 'extend-select'?",
        ),
        ("[layers]\napis = []", "layers.apis: there is no such setting; did you mean 'api'?"),
        (
            "secret-words = []",
            "secret-words: there is no such setting; did you mean 'vocabulary.secret-words'?",
        ),
        (
            "[endpoints]\nselect = []",
            "endpoints.select: there is no such setting; did you mean 'select'?",
        ),
        ("zzzzzz = 1", "zzzzzz: there is no such setting"),
        ('"a`b - at `$.x`" = 1', "'a`b - at `$.x`': there is no such setting"),
        (
            "[tool.gravity-lint]\nselect = []",
            "tool: in this file the settings stand at the top, without [tool.gravity-lint]",
        ),
        ('select = "GRV1"', "select: expected a list of strings, found the string 'GRV1'"),
        ("select = [1]", "select[0]: expected a string, found the number 1"),
        ('ignore = ["GRV1", ["x"]]', "ignore[1]: expected a string, found a list"),
        ("extend = true", "extend: expected a string, found the boolean true"),
        ("extend = 1979-05-27", "extend: expected a string, found the date or time 1979-05-27"),
        ("respect-gitignore = 1", "respect-gitignore: expected true or false, found the number 1"),
        ("layers = []", "layers: expected a table, found a list"),
        ("[layers]\napi = {}", "layers.api: expected a list of strings, found a table"),
        (
            '[severity]\nGRV101 = "error"\nGRV102 = "warn"',
            "severity.GRV102: expected 'error', 'warning' or 'off', found the string 'warn'",
        ),
        (
            '[per-file-ignores]\na = ["GRV1"]\n"tests/*" = [3]',
            "per-file-ignores.'tests/*'[0]: expected a string, found the number 3",
        ),
        ("per-file-ignores = 1.5", "per-file-ignores: expected a table, found the number 1.5"),
        ("[rules]\nx = inf", "rules.x: expected a table, found the number inf"),
        (
            "service-root-markers = ['']",
            "service-root-markers[0]: Expected str of length >= 1, found the string ''",
        ),
    ],
)
def test_names_the_key_what_it_found_and_what_it_expects(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path / "gravity-lint.toml", text)
    assert complaint(tmp_path) == f"gravity-lint.toml: {said}"


def test_names_the_key_as_it_stands_in_pyproject(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.gravity-lint.layers]\napi = "x"')
    assert complaint(tmp_path).startswith("pyproject.toml: tool.gravity-lint.layers.api: expected")


def test_the_table_itself_must_be_one(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool]\ngravity-lint = 3")
    assert complaint(tmp_path) == (
        "pyproject.toml: tool.gravity-lint: expected a table, found the number 3"
    )


def test_a_mistake_in_an_inherited_file_is_that_files(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", "selekt = []")
    write(tmp_path / "gravity-lint.toml", 'extend = "base.toml"')
    assert complaint(tmp_path).startswith("base.toml: selekt: ")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"select = [\n\n]]", "line 3, column 2: broken TOML: "),
        (b"a = 1\nselect = ", "line 2"),
        (b"a = 1\na = 2", "line 2"),
        (b"select = []\n# caf\xe9", "line 2: not UTF-8"),
        (b"\xff\xfes\x00", "line 1: not UTF-8"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b".".join([b"a"] * 3000) + b" = 1", "nested too deeply"),
        (b"a = " + b"9" * 10_000, "broken TOML: "),
        (b"a = 2020-13-45", "broken TOML: "),
    ],
)
@pytest.mark.parametrize("name", ["gravity-lint.toml", "pyproject.toml"])
def test_broken_toml_is_named_with_its_line(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    mention = b" # [tool.gravity-lint]"
    (tmp_path / name).write_bytes(data if name == "gravity-lint.toml" else data + mention)
    complained = complaint(tmp_path)
    assert complained.startswith(name)
    assert said in complained


@pytest.mark.parametrize("name", ["gravity-lint.toml", "pyproject.toml"])
def test_a_directory_in_place_of_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert complaint(tmp_path) == f"{name}: cannot be read: Is a directory"


def test_a_dangling_link_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").symlink_to("absent.toml")
    assert "cannot be read: No such file" in complaint(tmp_path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "gravity-lint.toml").write_bytes(b'\xef\xbb\xbfselect = ["GRV1"]')
    assert load(tmp_path).settings.select == ("GRV1",)


KEYS = st.sampled_from(
    [field.encode_name for field in msgspec.structs.fields(Settings)]
    + ["tool", "gravity-lint", "api", "public", "x`$.y`", ""]
) | st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def outcome(directory: Path) -> tuple[str, Configuration | None]:
    try:
        return "", load(directory)
    except UsageError as error:
        return str(error), None


def toml(value: object) -> str:
    """Spell *value* as an inline TOML value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(k))} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        escaped = (f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) <= 0xDFFF)
        return '"' + "".join(escaped) + '"'
    if value is None:
        return '""'
    return str(value).lower()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=3))
@example({"rules": {"x": {"y": float("nan")}}})
@example({"severity": {"": "error", "x": 1}})
@example({"a - at `$.x": 1})
@example({"layers": {"a - at `$.layers.x[0]": 1}})
def test_any_toml_gives_settings_or_the_users_error(tmp_path: Path, table: dict[str, Any]) -> None:
    text = "".join(f"{toml(str(key))} = {toml(value)}\n" for key, value in table.items())
    file = tmp_path / "gravity-lint.toml"
    file.write_text(text, "utf-8")
    said, configuration = outcome(tmp_path)
    if configuration is None:
        assert said.startswith(f"{file}: ")
    else:
        assert list(configuration.explained())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary())
def test_any_bytes_give_settings_or_the_users_error(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "gravity-lint.toml"
    file.write_bytes(data)
    said, configuration = outcome(tmp_path)
    assert configuration is not None or said.startswith(str(file))


# -- the rules' own options -------------------------------------------------------------------


class PageOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Options of a rule."""

    page_limit: Annotated[int, msgspec.Meta(ge=1)] = 100
    """The most that one page may hold."""
    names: tuple[str, ...] = ("limit",)


def test_a_rules_options_are_inherited_key_by_key(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", "[rules.oversized-page]\npage-limit = 50\nnames = ['a']")
    write(
        tmp_path / "gravity-lint.toml",
        'extend = "base.toml"\n[rules.oversized-page]\nnames = ["size"]',
    )
    stated = options(load(tmp_path), "oversized-page", PageOptions)
    assert stated == PageOptions(page_limit=50, names=("size",))
    assert options(Configuration(), "oversized-page", PageOptions) == PageOptions()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limit = 3", "limit: there is no such setting; did you mean 'page-limit'?"),
        ("page-limit = 'x'", "page-limit: expected a whole number, found the string 'x'"),
        ("page-limit = 0", "page-limit: Expected int >= 1, found the number 0"),
        ("names = 'x'", "names: expected a list of strings, found the string 'x'"),
    ],
)
def test_a_mistake_in_a_rules_options_is_named(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path / "base.toml", f"[rules.oversized-page]\n{text}")
    write(tmp_path / "gravity-lint.toml", 'extend = "base.toml"')
    configuration = load(tmp_path)
    with pytest.raises(UsageError) as caught:
        options(configuration, "oversized-page", PageOptions)
    assert str(caught.value) == f"{tmp_path / 'base.toml'}: rules.oversized-page.{said}"


# -- the schema -------------------------------------------------------------------------------


def test_the_schema_describes_every_setting() -> None:
    schema = json_schema({"oversized-page": PageOptions})
    for field in msgspec.structs.fields(Settings):
        assert schema["properties"][field.encode_name]["description"], field.name
    assert schema["additionalProperties"] is False
    assert schema["properties"]["layers"]["$ref"] == "#/$defs/Layers"
    assert {"api", "extend-api"} <= set(schema["$defs"]["Layers"]["properties"])
    assert schema["properties"]["extend-ignore"]["type"] == "array"
    page = schema["properties"]["rules"]["properties"]["oversized-page"]
    assert "extend-names" in page["properties"]
    assert page["properties"]["page-limit"] == {
        "type": "integer",
        "minimum": 1,
        "default": 100,
        "description": "The most that one page may hold.",
    }


def test_every_reference_in_the_schema_resolves() -> None:
    schema = json_schema()

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            inner = [r for v in value.values() for r in references(v)]
            return [*inner, value["$ref"]] if "$ref" in value else inner
        return [r for v in value for r in references(v)] if isinstance(value, list) else []

    found = references(schema)
    assert found
    assert {r.removeprefix("#/$defs/") for r in found} <= set(schema["$defs"])


def test_nothing_above_the_top_of_the_repository_is_read(tmp_path: Path) -> None:
    write(tmp_path / "gravity-lint.toml", 'ignore = ["GRV1"]')
    write(tmp_path / "fleet/.git/HEAD", "")
    write(tmp_path / "fleet/orders/app/main.py", "")
    assert load(tmp_path / "fleet/orders").settings == Settings()
    assert load(tmp_path / "fleet").settings == Settings()
    write(tmp_path / "fleet/gravity-lint.toml", 'extend = "../gravity-lint.toml"')
    assert load(tmp_path / "fleet/orders").settings.ignore == ("GRV1",)
