from pathlib import Path

import msgspec
import pytest

from gravity_lint.configuration.files import Configuration, load
from gravity_lint.configuration.selection import (
    Selection,
    applicabilities,
    covered,
    severities,
    unfixable,
    validate,
    validate_selectors,
)
from gravity_lint.configuration.settings import Settings, Weight
from gravity_lint.errors import UsageError
from gravity_lint.findings.severities import Applicability, Severity

KNOWN = {
    "GRV101": "unversioned-route",
    "GRV103": "unwrapped-response",
    "GRV110": "verb-in-path",
    "GRV190": "deprecated-param",
    "GRV501": "sync-fixture-decorator",
}
DEFAULT = set(KNOWN) - {"GRV190"}


def stated(settings: Settings) -> Configuration:
    """Return what a file that says *settings*, and nothing more, configures."""
    table = msgspec.to_builtins(settings)
    default = msgspec.to_builtins(Settings())
    layer = {key: value for key, value in table.items() if value != default[key]}
    return Configuration(settings, layers=((Path("gravity-lint.toml"), layer),))


def codes(settings: Settings | None = None, **options: list[str]) -> set[str]:
    configuration = stated(settings or Settings())
    selection = Selection(configuration, KNOWN, DEFAULT, **options)
    return {code.removeprefix("GRV") for code in selection.codes}


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        (Settings(), {"101", "103", "110", "501"}),
        (Settings(select=("ALL",)), {"101", "103", "110", "190", "501"}),
        (Settings(select=("GRV1",)), {"101", "103", "110", "190"}),
        (Settings(select=("GRV10", "sync-fixture-decorator")), {"101", "103", "501"}),
        (Settings(extend_select=("GRV190",)), {"101", "103", "110", "190", "501"}),
        (Settings(ignore=("GRV1",)), {"501"}),
        (Settings(ignore=("GRV1",), extend_select=("GRV10",)), {"101", "103", "501"}),
        (Settings(select=("GRV10",), ignore=("GRV1",)), {"101", "103"}),
        (Settings(select=("GRV10",), ignore=("unversioned-route",)), {"103"}),
        (Settings(select=("GRV101",), ignore=("GRV101",)), set()),
        (Settings(select=("ALL",), ignore=("ALL",)), set()),
        (Settings(select=("GRV5",), extend_select=("verb-in-path",)), {"110", "501"}),
    ],
)
def test_the_most_specific_selector_decides(settings: Settings, on: set[str]) -> None:
    assert codes(settings) == on


def test_what_is_ignored_is_excused_and_what_is_not_selected_is_not_asked() -> None:
    def ignored(settings: Settings, **options: list[str]) -> set[str]:
        return set(Selection(stated(settings), KNOWN, DEFAULT, **options).ignored)

    assert ignored(Settings(ignore=("GRV1",))) == {"GRV101", "GRV103", "GRV110"}
    assert ignored(Settings(severity={"GRV11": Weight.OFF})) == {"GRV110"}
    assert ignored(Settings(select=("GRV5",))) == set()
    assert ignored(Settings(select=("GRV5",), ignore=("GRV1",))) == set()
    assert ignored(Settings(), ignore=["GRV101"]) == set()
    assert ignored(Settings(ignore=("GRV1",)), select=["GRV101"]) == set()


def test_a_nearer_file_may_ask_again_for_what_it_inherits_as_ignored(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('ignore = ["GRV101", "GRV103"]\n', "utf-8")
    (tmp_path / "gravity-lint.toml").write_text(
        'extend = "policy.toml"\nextend-select = ["GRV101"]\n', "utf-8"
    )
    assert Selection(load(tmp_path), KNOWN, DEFAULT).codes == {"GRV101", "GRV110", "GRV501"}


def test_select_on_the_command_line_replaces_what_the_configuration_selects() -> None:
    settings = Settings(select=("GRV5",), extend_select=("GRV190",), ignore=("GRV103",))
    assert codes(settings, select=["GRV1"]) == {"101", "110", "190"}


def test_the_command_line_beats_the_configuration_where_both_are_as_specific() -> None:
    settings = Settings(ignore=("GRV101", "GRV11"))
    assert codes(settings, select=["GRV101"]) == {"101"}
    assert codes(settings, extend_select=["GRV101"]) == {"101", "103", "501"}
    assert codes(Settings(select=("GRV101", "GRV103")), ignore=["GRV101"]) == {"103"}


def test_a_name_counts_as_much_as_the_code() -> None:
    assert codes(select=["GRV101"], ignore=["unversioned-route"]) == set()
    assert covered(["unversioned-route", "GRV5"], KNOWN) == {"GRV101", "GRV501"}


@pytest.mark.parametrize(
    ("pattern", "file", "off"),
    [
        ("tests/**", "tests/api/test_x.py", True),
        ("tests/", "app/tests/test_x.py", True),
        ("/tests/", "app/tests/test_x.py", False),
        ("*_legacy.py", "app/api/users_legacy.py", True),
        ("!app/", "app/api/users.py", False),
        ("!app/", "scripts/users.py", True),
    ],
)
def test_rules_can_be_off_for_some_files(pattern: str, file: str, off: bool) -> None:
    settings = Settings(per_file_ignores={pattern: ("GRV1",)})
    selection = Selection(Configuration(settings, Path("/fleet/users")), KNOWN, DEFAULT)
    there = selection.codes_for(Path("/fleet/users") / file)
    assert there == ({"GRV501"} if off else set(DEFAULT))


def test_patterns_do_not_reach_beyond_the_configured_directory() -> None:
    settings = Settings(per_file_ignores={"*": ("ALL",)})
    selection = Selection(Configuration(settings, Path("/fleet/users")), KNOWN, DEFAULT)
    assert selection.codes_for(Path("/fleet/orders/main.py")) == DEFAULT
    assert selection.codes_for(Path("/fleet/users/main.py")) == set()


def test_the_most_specific_word_decides_about_severity() -> None:
    settings = Settings(
        severity={"ALL": Weight.WARNING, "GRV1": Weight.ERROR, "verb-in-path": Weight.OFF}
    )
    assert severities(stated(settings), KNOWN) == {
        "GRV101": Severity.ERROR,
        "GRV103": Severity.ERROR,
        "GRV190": Severity.ERROR,
        "GRV501": Severity.WARNING,
    }
    assert codes(settings) == {"101", "103", "501"}


def test_the_nearest_file_decides_about_severity_by_code_or_name(tmp_path: Path) -> None:
    (tmp_path / "gravity-lint.toml").write_text(
        '[severity]\nGRV101 = "error"\nGRV110 = "error"\n', "utf-8"
    )
    service = tmp_path / "service"
    service.mkdir()
    (service / "gravity-lint.toml").write_text(
        'extend = "../gravity-lint.toml"\n[severity]\nunversioned-route = "warning"\n', "utf-8"
    )
    assert severities(load(service), KNOWN) == {
        "GRV101": Severity.WARNING,
        "GRV110": Severity.ERROR,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('select = ["GRV10", "GRV109x"]', "select: there is no rule 'GRV109x'"),
        ('extend-select = [""]', "extend-select: there is no rule ''"),
        ('ignore = ["unversionned-route"]', "ignore: .*; did you mean 'unversioned-route'?"),
        ('ignore = ["grv103"]', "ignore: there is no rule 'grv103'; did you mean 'GRV103'?"),
        ('select = ["all"]', "select: there is no rule 'all'; did you mean 'ALL'?"),
        ('[per-file-ignores]\n"tests/**" = ["E501"]', r"per-file-ignores\.'tests/\*\*': .*'E501'"),
        ('[severity]\nGRV7 = "error"', "severity.GRV7: there is no rule 'GRV7'"),
        ("[rules.unversioned_route]\nx = 1", "rules.unversioned_route: .*'unversioned-route'"),
        ("[rules.GRV101]\nx = 1", "rules.GRV101: .*'unversioned-route'"),
    ],
)
def test_unknown_rules_are_named_with_the_likely_spelling(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "gravity-lint.toml").write_text(text, "utf-8")
    configuration = load(tmp_path)
    with pytest.raises(UsageError, match=f"gravity-lint.toml: {words}"):
        validate(configuration, KNOWN)


def test_known_rules_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "gravity-lint.toml").write_text(
        'select = ["ALL"]\nignore = ["GRV5", "verb-in-path"]\n'
        '[severity]\nGRV101 = "error"\n[rules.verb-in-path]\nverbs = []\n',
        "utf-8",
    )
    validate(load(tmp_path), KNOWN)
    validate_selectors("--select", ["GRV1", "verb-in-path", "ALL"], KNOWN)


def test_unknown_rules_on_the_command_line_are_named_too() -> None:
    with pytest.raises(UsageError, match="--ignore: there is no rule 'GRV7'"):
        validate_selectors("--ignore", ["GRV1", "GRV7"], KNOWN)


@pytest.mark.parametrize(
    ("settings", "off"),
    [
        (Settings(), set()),
        (Settings(unfixable=("GRV103",)), {"103"}),
        (Settings(fixable=("GRV5",)), {"101", "103", "110", "190"}),
        (Settings(fixable=("GRV10", "verb-in-path"), unfixable=("GRV1",)), {"190", "501"}),
        (Settings(fixable=("GRV501",)), {"101", "103", "110", "190"}),
        (Settings(unfixable=("ALL",)), {"101", "103", "110", "190", "501"}),
    ],
)
def test_whose_fixes_are_wanted(settings: Settings, off: set[str]) -> None:
    found = unfixable(Configuration(settings), KNOWN)
    assert {code.removeprefix("GRV") for code in found} == off


def test_a_team_may_class_fixes_otherwise() -> None:
    settings = Settings(safe_fixes=("GRV10", "verb-in-path"), unsafe_fixes=("GRV103", "GRV110"))
    assert applicabilities(Configuration(settings), KNOWN) == {
        "GRV101": Applicability.SAFE,
        "GRV103": Applicability.UNSAFE,
        "GRV110": Applicability.UNSAFE,
    }
    assert applicabilities(Configuration(), KNOWN) == {}
