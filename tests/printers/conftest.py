"""Fixtures of the printer tests: a real OctoPrint, its address, a queue, and quick looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from fabricate.events import Progress
from fabricate.printers import Address, config
from fabricate.printers.queue import Queue
from fabricate.stages import _print_watch
from tests.printers.octo import KEY, Octo, running
from tests.small import Heard


@pytest.fixture(scope="session")
def octo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Octo]:
    yield from running(tmp_path_factory.mktemp("octoprint"))


@pytest.fixture
def octo(octo_server: Octo) -> Iterator[Octo]:
    """The OctoPrint of this session, calm, and added as ``virtual``."""
    if octo_server.process is None:
        octo_server.start()
    config.add(Address(name="virtual", kind="octoprint", url=octo_server.url, key=SecretStr(KEY)))
    yield octo_server
    if octo_server.process is None:
        octo_server.start()
    octo_server.calm()


@pytest.fixture
def queue(own_config: object) -> Queue:
    return Queue()


@pytest.fixture
def told(heard: Heard) -> Progress:
    return Progress("print", heard)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is missing is given up soon."""
    monkeypatch.setattr(_print_watch, "GRACE_S", 3.0)
