"""^C at an unlucky moment: swallowed by Python, or come out as another error."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import click
import pytest

from fabricate import cli
from fabricate.cli.interrupt import interruptible


@pytest.fixture(autouse=True)
def handled() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Gone:
    """What is interrupted while it is cleared away: Python ignores that."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def swallowed_then_busy() -> None:
    with interruptible() as pressed:
        Gone()
        assert pressed.is_set()
        time.sleep(20)


def test_a_swallowed_one_is_sent_again() -> None:
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        swallowed_then_busy()
    assert time.monotonic() - begun < 15
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_finished_is_not_interrupted_afterwards() -> None:
    with interruptible():
        Gone()
    time.sleep(0.2)


def test_one_that_comes_out_as_another_error_stops_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def unlucky() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as stop:
            raise RuntimeError("Error calling __set_name__") from stop

    monkeypatch.setitem(cli.cli.commands, "unlucky", unlucky)
    assert cli.run(["unlucky"]) == 130
    assert capsys.readouterr().err.splitlines() == [
        "error: stopped",
        "       run the same command again to go on",
    ]
