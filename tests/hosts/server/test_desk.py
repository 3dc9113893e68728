"""The desk: one thread, the newest text, and answers in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gravity_lint.hosts.server.desk import Desk, OvertakenError

PATIENCE = 20


@contextmanager
def opened(work: object, pause: float = 0.0) -> Iterator[Desk]:
    desk = Desk(work, pause)  # type: ignore[arg-type]
    desk.open()
    try:
        yield desk
    finally:
        desk.close()


def test_a_burst_is_worked_off_once() -> None:
    done: list[float] = []
    with opened(lambda: done.append(time.monotonic()), pause=0.2) as desk:
        for _ in range(10):
            desk.changed()
            time.sleep(0.01)
        last = time.monotonic()
        desk.settled().result(PATIENCE)
    assert len(done) == 1
    assert done[0] >= last + 0.1


def test_a_newer_text_overtakes_what_is_being_worked_out() -> None:
    begun, release = threading.Event(), threading.Event()
    rounds: list[str] = []

    def work() -> None:
        rounds.append("begun")
        begun.set()
        release.wait(PATIENCE)
        desk.look_up()
        rounds.append("ended")

    with opened(work) as desk:
        desk.changed()
        begun.wait(PATIENCE)
        desk.changed()
        release.set()
        desk.settled().result(PATIENCE)
    assert rounds == ["begun", "begun", "ended"]


def test_a_question_is_answered_between_two_rules() -> None:
    begun, asked = threading.Event(), threading.Event()
    said: list[str] = []

    def work() -> None:
        begun.set()
        asked.wait(PATIENCE)
        desk.look_up()
        said.append("judged")

    with opened(work) as desk:
        desk.changed()
        begun.wait(PATIENCE)
        answer = desk.ask(lambda: said.append("answered"))
        asked.set()
        answer.result(PATIENCE)
        desk.settled().result(PATIENCE)
    assert said == ["answered", "judged"]


def test_a_question_about_an_older_text_is_given_up() -> None:
    begun, changed = threading.Event(), threading.Event()

    def question() -> str:
        begun.set()
        changed.wait(PATIENCE)
        desk.look_up()
        return "stale"

    with opened(lambda: None) as desk:
        answer = desk.ask(question)
        begun.wait(PATIENCE)
        desk.changed()
        changed.set()
        with pytest.raises(OvertakenError):
            answer.result(PATIENCE)
        assert desk.ask(lambda: "fresh").result(PATIENCE) == "fresh"


def test_work_is_given_up_where_an_answer_was_given_of_a_newer_text() -> None:
    begun, asked = threading.Event(), threading.Event()
    rounds: list[str] = []

    def work() -> None:
        rounds.append("begun")
        begun.set()
        asked.wait(PATIENCE)
        desk.look_up()
        rounds.append("ended")

    with opened(work) as desk:
        desk.changed()
        begun.wait(PATIENCE)
        answer = desk.ask(lambda: desk.changed(at_once=True))  # while it is being answered
        asked.set()
        answer.result(PATIENCE)
        desk.settled().result(PATIENCE)
    assert rounds == ["begun", "begun", "ended"]


def test_a_question_that_fails_or_that_nobody_waits_for_any_more_ends_nothing() -> None:
    def fail() -> None:
        raise KeyError("x")

    with opened(lambda: None) as desk:
        with pytest.raises(KeyError):
            desk.ask(fail).result(PATIENCE)
        hold = threading.Event()
        desk.ask(lambda: hold.wait(PATIENCE))
        unwanted = desk.ask(lambda: "never asked")
        assert unwanted.cancel()
        hold.set()
        assert desk.ask(lambda: "alive").result(PATIENCE) == "alive"
