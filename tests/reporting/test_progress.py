import io
import itertools
from pathlib import Path

from gravity_lint.reporting.progress import Ticker
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from tests.reporting.samples import Terminal


def test_a_long_run_on_a_terminal_shows_a_bar() -> None:
    stream = Terminal()
    with Ticker(stream, delay=0) as ticker:
        ticker("reading", 0.1)
        ticker("judging", 0.5)
    assert "judging" in stream.getvalue()
    assert "50%" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")  # and takes it away again


def test_a_short_run_shows_none() -> None:
    stream = Terminal()
    with Ticker(stream, delay=60) as ticker:
        ticker("reading", 0.1)
        ticker("judging", 1.0)
    assert stream.getvalue() == ""


def test_a_pipe_and_a_silent_run_show_none() -> None:
    stream = io.StringIO()
    with Ticker(stream, delay=0) as ticker:
        ticker("reading", 0.1)
    assert stream.getvalue() == ""
    terminal = Terminal()
    with Ticker(terminal, delay=0, silent=True) as ticker:
        ticker("reading", 0.1)
    assert terminal.getvalue() == ""


def test_a_run_tells_two_phases_and_never_stands_still_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for number in range(20):
        (tmp_path / "app" / f"m{number}.py").write_text("x = 1\n", "utf-8")
    told: list[tuple[str, float]] = []
    run([tmp_path], Overrides(), progress=lambda phase, share: told.append((phase, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert abs(shares[-1] - 1) < 1e-6
    assert [phase for phase, _ in told[:20]] == ["reading"] * 20
    assert {phase for phase, _ in told[20:]} == {"judging"}
    assert told[19][1] == 0.5
    assert max(b - a for a, b in itertools.pairwise(shares)) < 0.03
