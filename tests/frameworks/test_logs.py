"""What the rules about logs say of structlog and logging, asked of structlog and logging."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.fixing import apply
from gravity_lint.model.logs.events import RESERVED
from gravity_lint.model.logs.home import ASKING, PASSED_ON
from gravity_lint.running.packs import load_rules

WRAPPERS = {
    "filtering": structlog.make_filtering_bound_logger(logging.NOTSET),
    "stdlib": structlog.stdlib.BoundLogger,
}


class Outlet:
    """A logger at the end of the chain, which keeps what it gets."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **values: self.lines.append(values)


def test_loggers_for_logging_pass_questions_on() -> None:
    name = "passed.on"
    structlog.configure(
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger
    )
    try:
        logger, own = structlog.get_logger(name), logging.getLogger(name)
        handler = logging.NullHandler()
        logger.addHandler(handler)
        logger.setLevel(logging.ERROR)
        for word in PASSED_ON - {"addHandler", "removeHandler", "setLevel"}:
            one, other = getattr(logger, word), getattr(own, word)
            given = (logging.ERROR,) if word == "isEnabledFor" else ()
            assert (one(*given) if callable(one) else one) == (
                other(*given) if callable(other) else other
            )
        assert (own.level, own.handlers) == (logging.ERROR, [handler])
        logger.removeHandler(handler)
        assert own.handlers == []
    finally:
        structlog.reset_defaults()
    with pytest.raises(AttributeError):
        structlog.get_logger(name).isEnabledFor(logging.ERROR)  # not before that is configured


@pytest.fixture(params=sorted(WRAPPERS))
def logging_to(request: pytest.FixtureRequest) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """A structlog logger of either kind, configured as documented, and the lines it writes."""
    outlet = Outlet()
    processors: list[Any] = [
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    yield (
        structlog.wrap_logger(outlet, processors=processors, wrapper_class=WRAPPERS[request.param]),
        outlet.lines,
    )
    structlog.reset_defaults()


@pytest.fixture
def stdlib() -> logging.Logger:
    """A logger of the standard library that writes nowhere."""
    logger = logging.Logger("quiet")
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    return logger


def test_keywords_are_an_error_on_a_stdlib_logger(stdlib: logging.Logger) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        stdlib.info("user_created", user_id=1)  # type: ignore[call-arg]


def test_structlog_takes_every_call_of_a_stdlib_logger(logging_to: Any) -> None:
    logger, lines = logging_to
    logger.info("%s of %d", "one", 2)
    logger.info("%(a)s and %(b)s", {"a": 1, "b": 2})
    logger.warning("with extra", extra={"user_id": 1})
    logger.log(logging.ERROR, "at %s", "a level")
    logger.error("100% done")
    logger.critical("with stacklevel", stacklevel=2)
    events = [line["event"] for line in lines]
    assert events[:2] == ["one of 2", "1 and 2"]
    assert events[3:5] == ["at a level", "100% done"]
    assert lines[2]["extra"] == {"user_id": 1}


@pytest.mark.parametrize("level", ["warn", "fatal", "exception", "debug"])
def test_structlog_has_the_methods_of_a_stdlib_logger(level: str, logging_to: Any) -> None:
    logger, lines = logging_to
    getattr(logger, level)("said")
    assert lines[0]["event"] == "said"


def test_a_message_that_does_not_fit_is_an_error_in_structlog_only(
    stdlib: logging.Logger, logging_to: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, _ = logging_to
    stdlib.info("one place: %s", 1, 2)
    assert "--- Logging error ---" in capsys.readouterr().err
    with pytest.raises(TypeError):
        logger.info("one place: %s", 1, 2)


@pytest.mark.parametrize("values", [(1,), ("a", "b"), ({"a": 1},), ({},)])
def test_logging_never_writes_a_value_without_a_place(
    values: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    logger, handler = logging.Logger("places"), logging.StreamHandler(written)
    logger.addHandler(handler)
    logger.error("importing failed", *values)
    lost = "not all arguments converted" in capsys.readouterr().err
    assert written.getvalue() == ("" if lost else "importing failed\n")
    assert lost == (values != ({"a": 1},))


def test_a_filtering_logger_knows_no_levels_of_ones_own(logging_to: Any) -> None:
    logger, _ = logging_to
    if isinstance(logger, structlog.stdlib.BoundLogger):
        pytest.skip("the standard library's do")
    with pytest.raises(KeyError):
        logger.bind().log(25, "notice")


@pytest.mark.parametrize("name", ["event", "self", "method_name"])
def test_some_names_break_the_call(name: str, logging_to: Any) -> None:
    assert name in RESERVED
    logger, _ = logging_to
    with pytest.raises(TypeError):
        logger.bind().info("said", **{name: 1})


def test_some_names_mean_something_to_processors(logging_to: Any) -> None:
    logger, lines = logging_to
    logger.info("said", stack_info=True, exception="mine")
    assert "stack_info" not in lines[0]
    assert {"stack_info", "exc_info", "exception"} <= RESERVED
    events = {"event": "said", "level": "mine", "timestamp": "mine"}
    structlog.processors.add_log_level(None, "info", events)
    structlog.processors.TimeStamper(fmt="iso")(None, "info", events)
    assert events["level"] == "info"
    assert events["timestamp"] != "mine"


def test_what_logging_refuses_in_extra_is_reserved(stdlib: logging.Logger) -> None:
    for name in vars(stdlib.makeRecord("n", logging.INFO, "f", 1, "m", (), None)):
        with pytest.raises(KeyError, match="overwrite"):
            stdlib.makeRecord("n", logging.INFO, "f", 1, "m", (), None, extra={name: 1})
        assert name in RESERVED, name


def test_exc_info_carries_the_traceback(logging_to: Any) -> None:
    logger, lines = logging_to
    try:
        raise ValueError("lost")
    except ValueError as error:
        logger.error("by_flag", exc_info=True)
        logger.error("by_exception", exc_info=error)
        logger.error("by_triple", exc_info=sys.exc_info())
        logger.exception("by_method")
        logger.error("without", error=str(error))
    traced = {line["event"]: "Traceback" in line.get("exception", "") for line in lines}
    assert traced.pop("without") is False
    assert len(traced) == 4
    assert all(traced.values())


def test_a_stdlib_logger_writes_the_traceback_as_well() -> None:
    text = io.StringIO()
    logger = logging.Logger("loud")
    logger.addHandler(logging.StreamHandler(text))
    try:
        raise ValueError("lost")
    except ValueError:
        logger.error("with", exc_info=True)
    assert "Traceback" in text.getvalue()


def test_asynchronous_methods_log_the_same(logging_to: Any) -> None:
    logger, lines = logging_to

    async def fail() -> None:
        try:
            raise ValueError("lost")
        except ValueError:
            await logger.aerror("said", exc_info=sys.exc_info())
            await logger.aexception("by_method")

    asyncio.run(fail())
    assert [line["event"] for line in lines] == ["said", "by_method"]
    assert all("Traceback" in line["exception"] for line in lines)


def test_bind_gives_another_logger(logging_to: Any) -> None:
    logger, lines = logging_to
    bound = logger.bind(part="worker")
    assert bound is not logger
    bound.unbind("part").info("said")
    bound.info("said")
    bound.new(other=1).info("said")
    assert [sorted(line) for line in lines] == [["event"], ["event", "part"], ["event", "other"]]


def test_a_named_logger_is_made_by_every_factory() -> None:
    for factory in (structlog.PrintLoggerFactory(), structlog.stdlib.LoggerFactory()):
        factory("orders")


LEGACY = """\
import logging

logger = logging.getLogger(__name__)


def work(user, rows):
    logger.info("Working for %s", user["name"])
    logger.debug("%d rows at %.1f%%" % (len(rows), 12.5))
    logger.info("User {} has {count} rows".format(user["id"], count=len(rows)))
    logger.warning("Slow: " + str(rows), extra={"limit": 3})
    try:
        rows[99]
    except IndexError as e:
        logger.error(f"Row {99} of {user['id']!r} is missing: {e}", exc_info=True)
    logger.log(logging.INFO, "Work done")
"""


LINES = [
    # Two calls that read alike are two calls; a name that reads alike is one value.
    (
        'logger.info(f"took {queue.pop()} and then {queue.pop()}")',
        'logger.info("took_and_then", queue_pop=queue.pop(), queue_pop_2=queue.pop())',
    ),
    (
        'logger.info(f"{user.id} of {total}, and {user.id} again")',
        'logger.info("again", user_id=user.id, total=total)',
    ),
    (
        'logger.info("popped %(n)s and %(n)s", {"n": queue.pop()})',
        'logger.info("popped", n=queue.pop())',
    ),
    # What makes a value fit to be shown gives it no name; a label does, before a function.
    (
        'logger.info(f"joined by {clean(user.name)}")',
        'logger.info("joined", user_name=clean(user.name))',
    ),
    (
        'logger.info("joined at %s", since.isoformat())',
        'logger.info("joined", since=since.isoformat())',
    ),
    (
        'logger.info("joined by %s", str(user.name) or "-")',
        'logger.info("joined", user_name=str(user.name) or "-")',
    ),
    ('logger.info(f"has {len(queue)} jobs")', 'logger.info("jobs", queue_count=len(queue))'),
    (
        'logger.info("load: cpu=%s memory=%s", load(0), load(1))',
        'logger.info("load", cpu=load(0), memory=load(1))',
    ),
    (
        'logger.info("join: user=%s", one_line(user.name))',
        'logger.info("join", user_name=one_line(user.name))',
    ),
    # What the text measures in stays in the name; the second try is no time.
    (
        'logger.info("attempt %s second try", total)',
        'logger.info("attempt_second_try", total=total)',
    ),
    ('logger.info(f"{total} min value")', 'logger.info("min_value", total=total)'),
    (
        'logger.info(f"took {elapsed} seconds for {total} bytes")',
        'logger.info("took", elapsed_seconds=elapsed, total_bytes=total)',
    ),
    ('logger.info(f"took {elapsed}s")', 'logger.info("took", elapsed_seconds=elapsed)'),
    (
        'logger.info(f"waiting {elapsed} min before the next")',
        'logger.info("waiting_before_next", elapsed_minutes=elapsed)',
    ),
    ('logger.info("done: duration_ms=%s", elapsed)', 'logger.info("done", duration_ms=elapsed)'),
    # Conversions and formats: the value itself is told.
    (
        'logger.info("%d of %5.2f" % (total, elapsed))',
        'logger.info("work", total=total, elapsed=elapsed)',
    ),
    (
        'logger.info(f"Updating {user.id} to %s", total)',
        'logger.info("updating", user_id=user.id, total=total)',
    ),
    # Keywords that are there already stay.
    (
        'logger.info(f"user {user.name}", user_id=user.id)',
        'logger.info("user", user_name=user.name, user_id=user.id)',
    ),
    # What an event cannot hold is kept beside it.
    (
        'logger.info(f"用户 {user.id} 已创建")',
        'logger.info("work", user_id=user.id, text="用户 {user_id} 已创建")',
    ),
    ('logger.warning("не найдено")', 'logger.warning("work", text="не найдено")'),
]
VALUES = """\
import datetime
import structlog

logger = structlog.get_logger()


def clean(text: str) -> str:
    return text.strip()


def one_line(text: str) -> str:
    return text.replace("\\n", " ")


def load(number):
    return number * 10


class User:
    id, name = 7, " Ada "


def work(queue, user=User, total=3, elapsed=1.5, since=datetime.datetime(2024, 5, 1)):
    LINE
"""


def mended(files: dict[str, str]) -> dict[str, str]:
    """Return *files* after all fixes of the rules about logs, and hold that these settle."""
    rules = [r for r in load_rules(("gravity_rules",)) if r.code.startswith("GRV9")]
    for _ in range(6):
        findings = [x for rule in rules for x in cases.lint(rule, files, Settings())]
        fixes = [finding for finding in findings if finding.fix is not None]
        if not fixes:
            return files
        for path in {finding.path for finding in fixes}:
            name = path.removeprefix(f"{cases.ROOT}/")
            own = [finding.fix for finding in fixes if finding.path == path and finding.fix]
            files = {**files, name: apply(files[name], own).text}
    pytest.fail("the fixes do not come to an end")


def told(code: str) -> tuple[list[Any], list[dict[str, Any]]]:
    """Run ``work`` of *code*; return what it left of its queue, and the lines it logged."""
    namespace: dict[str, Any] = {"__name__": "work"}
    exec(compile(code, "work.py", "exec"), namespace)
    queue = ["third", "second", "first"]
    with structlog.testing.capture_logs(
        processors=[structlog.stdlib.PositionalArgumentsFormatter()]
    ) as lines:
        namespace["work"](queue)
    return queue, lines


@pytest.mark.parametrize(("before", "after"), LINES)
def test_a_line_becomes_an_event_with_all_its_values(before: str, after: str) -> None:
    code = VALUES.replace("LINE", before)
    new = mended({"app/work.py": code})["app/work.py"]
    assert new == VALUES.replace("LINE", after)
    (left, (old_line,)), (new_left, (new_line,)) = told(code), told(new)
    assert left == new_left
    shown = " ".join(map(str, new_line.values()))
    values = [v for k, v in new_line.items() if k not in ("event", "log_level", "text")]
    assert values or "text" in new_line
    for value in values:
        text = f"{value:5.2f}" if value == 1.5 and "%5.2f" in before else str(value)
        assert text in " ".join(map(str, old_line.values())), shown


def test_a_mended_module_logs_the_same_values() -> None:
    files = mended({"app/work.py": LEGACY, "requirements.txt": "structlog\n"})
    namespace: dict[str, Any] = {"__name__": "work"}
    exec(compile(files["app/work.py"], "work.py", "exec"), namespace)
    with structlog.testing.capture_logs() as lines:
        namespace["work"]({"id": 7, "name": "Ada"}, [1, 2])
    assert lines == [
        {"event": "working", "log_level": "info", "user_name": "Ada"},
        {"event": "rows", "log_level": "debug", "rows_count": 2, "rows_percent": 12.5},
        {"event": "user_rows", "log_level": "info", "user_id": 7, "count": 2},
        {"event": "slow", "log_level": "warning", "rows": "[1, 2]", "limit": 3},
        {
            "event": "row_is_missing",
            "log_level": "error",
            "row": 99,
            "user_id": 7,
            "error": "list index out of range",
            "exc_info": True,
        },
        {"event": "work_done", "log_level": "info"},
    ]


@pytest.mark.parametrize("name", ["filter_by_level", "add_logger_name", "add_log_level"])
@pytest.mark.parametrize(
    ("factory", "fits"),
    [
        (None, False),
        (structlog.PrintLoggerFactory(), False),
        (structlog.stdlib.LoggerFactory(), True),
    ],
)
def test_which_processors_ask_what_only_loggers_of_logging_have(
    name: str, factory: Any, fits: bool
) -> None:
    given = {} if factory is None else {"logger_factory": factory}
    structlog.configure(
        processors=[getattr(structlog.stdlib, name), structlog.processors.JSONRenderer()], **given
    )
    try:
        log = structlog.get_logger("some.name").error
        if fits or f"structlog.stdlib.{name}" not in ASKING:
            log("said")
        else:
            with pytest.raises(AttributeError):
                log("said")
    finally:
        structlog.reset_defaults()
