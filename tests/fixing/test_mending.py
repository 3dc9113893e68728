"""Fixes are kept only if they do what they promise, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gravity_lint.edits import AddImport, Edit, InsertStatement, ReplaceExpression
from gravity_lint.findings.finding import Finding, Fix
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.fixing import mending
from gravity_lint.fixing.mending import Complaint, Outcome, Verdict
from gravity_lint.sources.spans import Span
from tests.fixing.places import at

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE


class Judge:
    """Finds every word that begins with ``bad`` in some files; what mends it is given."""

    def __init__(self, files: Mapping[str, str], cure: Callable[[str, str, Span], list[Edit]]):
        self.files = files
        self.cure = cure
        self.applicability = SAFE
        self.asked = 0
        self.complaints: list[Complaint | None] = []
        self.further: Callable[[Mapping[str, str]], list[Finding]] = lambda files: []
        self.faults: Callable[[Mapping[str, str]], set[str]] = lambda files: set()

    def __call__(self, texts: Mapping[str, str], again: Complaint | None = None, /) -> Verdict:
        self.asked += 1
        self.complaints.append(again)
        files = {**self.files, **texts}
        found = []
        for path, text in files.items():
            seen: dict[str, int] = {}
            for match in re.finditer(r"\bbad\w*", text):
                word = match.group()
                seen[word] = seen.get(word, 0) + 1
                span = at(text, word, seen[word])
                edits = tuple(self.cure(text, word, span))
                fix = Fix(self.applicability, edits) if edits else None
                found.append(finding(path, word, span, fix))
        found += self.further(files)
        found = [x for x in found if again is None or x.code in again.codes]
        found = [x for x in found if again is None or x.path in again.paths]
        return Verdict(tuple(found), files, frozenset(self.faults(files)))

    def mend(self, *paths: str, tried: tuple[Applicability, ...] = (SAFE,)) -> Outcome:
        return mending.mend(self, paths or tuple(self.files), tried)


def finding(
    path: str, word: str, span: Span, fix: Fix | None = None, code: str = "GRV1"
) -> Finding:
    return Finding(
        code, "badness", f"{word} is bad", path, span, Severity.ERROR, "s", "x", "p", span, (), fix
    )


def good(text: str, word: str, span: Span) -> list[Edit]:
    return [ReplaceExpression(span, word.replace("bad", "good"))]


def test_all_files_are_mended_in_one_pass() -> None:
    judge = Judge({"a.py": "x = bad1 + bad2\n", "b.py": "bad3()\n", "c.py": "y\n"}, good)
    outcome = judge.mend()
    assert outcome.after == {"a.py": "x = good1 + good2\n", "b.py": "good3()\n"}
    assert outcome.before == {"a.py": "x = bad1 + bad2\n", "b.py": "bad3()\n"}
    assert [f.message for f in outcome.mended["a.py"]] == ["bad1 is bad", "bad2 is bad"]
    assert outcome.refused == ()
    assert judge.asked == 2


def test_only_what_was_named_and_asked_for_is_touched() -> None:
    judge = Judge({"a.py": "bad\n", "b.py": "bad\n"}, good)
    assert set(judge.mend("b.py").after) == {"b.py"}
    judge.applicability = UNSAFE
    assert judge.mend().after == {}
    assert set(judge.mend(tried=(SAFE, UNSAFE)).after) == {"a.py", "b.py"}


def test_overlapping_fixes_come_in_later_passes() -> None:
    def whole(text: str, word: str, span: Span) -> list[Edit]:
        return [ReplaceExpression(at(text, text.strip()), text.strip().replace(word, "good"))]

    judge = Judge({"a.py": "bad1 + bad2 + bad3\n"}, whole)
    outcome = judge.mend()
    assert outcome.after == {"a.py": "good + good + good\n"}
    assert len(outcome.mended["a.py"]) == 3
    assert outcome.refused == ()


def test_what_leaves_its_finding_is_refused() -> None:
    def louder(text: str, word: str, span: Span) -> list[Edit]:
        return [ReplaceExpression(span, f"f({word})" if word == "bad1" else "good")]

    judge = Judge({"a.py": "x = bad1\ny = bad2\n"}, louder)
    outcome = judge.mend()
    assert outcome.after == {"a.py": "x = bad1\ny = good\n"}
    assert [(f.message, why) for f, why in outcome.refused] == [
        ("bad1 is bad", "the finding would remain")
    ]


def test_what_brings_a_new_finding_elsewhere_is_refused_and_the_rest_goes_on() -> None:
    files = {f"{name}.py": f"x = bad_{name}1\ny = bad_{name}2\n" for name in "abc"}

    def further(now: Mapping[str, str]) -> list[Finding]:
        span = Span(1, 1, 1, 2)
        return [finding("c.py", "z", span, code="GRV2")] if "good_b2" in now["b.py"] else []

    judge = Judge(files, good)
    judge.further = further
    outcome = judge.mend()
    assert outcome.after == {
        "a.py": "x = good_a1\ny = good_a2\n",
        "b.py": "x = good_b1\ny = bad_b2\n",
        "c.py": "x = good_c1\ny = good_c2\n",
    }
    assert [(f.message, why) for f, why in outcome.refused] == [
        ("bad_b2 is bad", "it would bring GRV2 badness: z is bad")
    ]


def test_two_fixes_that_only_together_do_harm() -> None:
    def further(now: Mapping[str, str]) -> list[Finding]:
        both = "good" in now["a.py"] and "good" in now["b.py"]
        return [finding("a.py", "z", Span(1, 1, 1, 2))] if both else []

    judge = Judge({"a.py": "bad\n", "b.py": "bad\n"}, good)
    judge.further = further
    outcome = judge.mend()
    assert len(outcome.after) == len(outcome.refused) == 1


def test_who_is_to_blame_is_found_out_quickly() -> None:
    files = {f"{n}.py": "".join(f"x = bad{n}_{m}\n" for m in range(40)) for n in range(10)}

    def further(now: Mapping[str, str]) -> list[Finding]:
        span = Span(1, 1, 1, 2)
        words = [w for w in ("good3_7", "good5_5", "good5_6") if f"{w}\n" in now[f"{w[4]}.py"]]
        return [finding(f"{w[4]}.py", w, span, code="GRV2") for w in words]

    judge = Judge(files, good)
    judge.further = further
    outcome = judge.mend()
    assert len(outcome.refused) == 3
    assert sum(map(len, outcome.mended.values())) == 397
    assert judge.asked < 40


def test_moved_lines_are_no_new_findings() -> None:
    def grow(text: str, word: str, span: Span) -> list[Edit]:
        if word == "bad_for_good":
            return []
        return [*good(text, word, span), AddImport("json")]

    judge = Judge({"a.py": "x = bad1\nbad_for_good()\n"}, grow)
    assert judge.mend().after == {"a.py": "import json\n\nx = good1\nbad_for_good()\n"}


def test_a_second_finding_of_the_same_kind_is_new() -> None:
    def twice(text: str, word: str, span: Span) -> list[Edit]:
        return [ReplaceExpression(span, "bad2")] if word == "bad1" else []

    judge = Judge({"a.py": "x = bad1\ny = bad2\n"}, twice)
    outcome = judge.mend()
    assert outcome.after == {}
    assert outcome.refused[0][1] == "it would bring GRV1 badness: bad2 is bad"


def test_a_rule_that_crashes_on_the_outcome_has_not_agreed() -> None:
    judge = Judge({"a.py": "bad\n"}, good)
    judge.faults = lambda files: {"a.py: GRV1 KeyError"} if "good" in files["a.py"] else set()
    outcome = judge.mend()
    assert outcome.after == {}
    assert outcome.refused[0][1] == "the outcome could not be judged: a.py: GRV1 KeyError"


def test_what_cannot_be_carried_out_is_refused_with_the_reason() -> None:
    def taken(text: str, word: str, span: Span) -> list[Edit]:
        return [*good(text, word, span), AddImport("a", word.replace("bad", "name"))]

    judge = Judge({"a.py": "name1 = 0\nx = bad1\ny = bad2\n"}, taken)
    outcome = judge.mend()
    assert outcome.after["a.py"].endswith("x = bad1\ny = good2\n")
    assert outcome.refused[0][1] == "`name1` means something else in this file"


def test_fixes_that_never_end_are_stopped() -> None:
    def count(text: str, word: str, span: Span) -> list[Edit]:
        number = int(word.removeprefix("bad"))
        return [ReplaceExpression(span, f"bad{number + 1}")]

    judge = Judge({"a.py": "bad1\n"}, count)
    assert judge.mend().refused[0][1] == "it would bring GRV1 badness: bad2 is bad"

    def shrink(text: str, word: str, span: Span) -> list[Edit]:
        fresh = "good" * (text.count("\n") + 1)
        return [InsertStatement(at(text, text.splitlines()[0]), fresh), *good(text, word, span)]

    judge = Judge({"a.py": " + ".join(f"bad{i}" for i in range(12)) + "\n"}, shrink)
    outcome = judge.mend()
    assert len(outcome.mended["a.py"]) + len(outcome.refused) == 12


def test_a_text_that_the_file_cannot_hold_is_refused() -> None:
    def objection(path: str, text: str) -> str | None:
        return "no room" if "good1" in text else None

    judge = Judge({"a.py": "bad1\nbad2\n"}, good)
    outcome = mending.mend(judge, ["a.py"], (SAFE,), objection)
    assert outcome.after == {"a.py": "bad1\ngood2\n"}
    assert [why for _, why in outcome.refused] == ["no room"]


def test_without_fixes_nothing_is_asked_twice() -> None:
    judge = Judge({"a.py": "bad\n"}, lambda text, word, span: [])
    assert judge.mend().after == {}
    assert judge.asked == 1


def test_other_words_make_no_other_finding() -> None:
    def further(now: Mapping[str, str]) -> list[Finding]:
        words = "with" if "good" in now["a.py"] else "without"
        return [finding("a.py", words, Span(1, 1, 1, 2), code="GRV2")]

    judge = Judge({"a.py": "bad\n"}, good)
    judge.further = further
    outcome = judge.mend()
    assert outcome.after == {"a.py": "good\n"}
    assert outcome.refused == ()
    assert judge.asked == 2


def test_only_the_rules_that_complain_are_asked_who_did_it() -> None:
    def further(now: Mapping[str, str]) -> list[Finding]:
        return (
            [finding("a.py", "z", Span(1, 1, 1, 2), code="GRV2")] if "good3" in now["a.py"] else []
        )

    judge = Judge({"a.py": "".join(f"bad{i}\n" for i in range(8))}, good)
    judge.further = further
    outcome = judge.mend()
    assert [x.message for x, _ in outcome.refused] == ["bad3 is bad"]
    # At first, when all fixes are in, and when the culprit is out.
    assert [again for again in judge.complaints if again is None] == [None] * 3
    complaint = Complaint(frozenset({"GRV2"}), frozenset({"a.py"}))
    assert set(judge.complaints) == {None, complaint}


def test_the_suspects_of_all_files_are_halved_at_once() -> None:
    files = {f"{n}.py": "".join(f"x = bad{n}_{m}\n" for m in range(16)) for n in range(20)}

    def further(now: Mapping[str, str]) -> list[Finding]:
        span = Span(1, 1, 1, 2)
        return [finding(p, "z", span, code="GRV2") for p, text in now.items() if "_7\n" not in text]

    def louder(text: str, word: str, span: Span) -> list[Edit]:
        return [ReplaceExpression(span, word.replace("bad", "good") + "_" * word.endswith("_7"))]

    judge = Judge(files, louder)
    judge.further = further
    outcome = judge.mend()
    assert len(outcome.refused) == 20
    assert sum(map(len, outcome.mended.values())) == 300
    assert judge.asked < 15


def test_a_refusal_is_said_once_and_not_of_what_is_mended_after_all() -> None:
    def further(now: Mapping[str, str]) -> list[Finding]:
        return (
            [finding("a.py", "z", Span(1, 1, 1, 2), code="GRV2")] if "good1" in now["a.py"] else []
        )

    def slowly(text: str, word: str, span: Span) -> list[Edit]:
        return [
            ReplaceExpression(
                at(text, text.split("\n")[0]),
                text.split("\n")[0].replace(word, word.replace("bad", "good")),
            )
        ]

    judge = Judge({"a.py": "bad1 + bad2 + bad3\n"}, slowly)
    judge.further = further
    outcome = judge.mend()
    assert outcome.after == {"a.py": "bad1 + good2 + good3\n"}
    assert [x.message for x, _ in outcome.refused] == ["bad1 is bad"]
