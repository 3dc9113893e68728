import io

from gravity_lint.reporting.progress import Ticker
from tests.reporting.samples import Terminal


def test_a_long_run_on_a_terminal_shows_a_bar() -> None:
    stream = Terminal()
    with Ticker(stream, delay=0) as ticker:
        ticker(1, 700)
        ticker(350, 700)
    assert "350/700" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")  # and takes it away again


def test_a_short_run_shows_none() -> None:
    stream = Terminal()
    with Ticker(stream, delay=60) as ticker:
        ticker(1, 700)
        ticker(700, 700)
    assert stream.getvalue() == ""


def test_a_pipe_shows_none() -> None:
    stream = io.StringIO()
    with Ticker(stream, delay=0) as ticker:
        ticker(1, 700)
    assert stream.getvalue() == ""
