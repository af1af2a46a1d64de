"""What systemd is told, by a real datagram socket."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.estimates import make_status

from realtime_mer.sinks.supervisor import SupervisorSink, open_supervisor, status_line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is of Linux")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The end where systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


def said(manager: socket.socket) -> dict[str, str]:
    """The next datagram."""
    lines = manager.recv(4096).decode().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_ready_is_said_once_and_the_watchdog_is_fed(manager: socket.socket) -> None:
    """The first report says that the tracker works, each that it still does."""
    sink = open_supervisor({"NOTIFY_SOCKET": manager.getsockname()})
    assert sink is not None
    sink.report(make_status())
    first = said(manager)
    assert (first["READY"], first["WATCHDOG"]) == ("1", "1")
    sink.report(make_status())
    assert said(manager).keys() == {"STATUS", "WATCHDOG"}
    sink.close()
    assert said(manager)["STOPPING"] == "1"
    sink.close()


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_abstract_addresses_are_known() -> None:
    """An @ stands for Linux's own namespace."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("")  # the kernel chooses a name
        sink = SupervisorSink("@" + listener.getsockname()[1:].decode())
        sink.report(make_status())
        assert said(listener)["READY"] == "1"
        sink.close()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2"}])
def test_without_systemd_there_is_none(environment: dict[str, str]) -> None:
    """Nobody is told where nobody asked."""
    assert open_supervisor(environment) is None


def test_a_manager_that_is_gone_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once; readiness is said again when there is somebody to hear it."""
    path = tmp_path / "notify"
    sink = SupervisorSink(str(path))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            sink.report(make_status())
    assert len(caplog.records) == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(5)
        sink.report(make_status())
        assert said(listener)["READY"] == "1"
    sink.close()


def test_the_status_is_one_line() -> None:
    """However long the reason, systemctl shows one line."""
    lost = replace(
        make_status(), device="USB\nAudio", state="lost", sequence=7, time_s=4.0, drops=2,
        message="The device\nis gone.",
    )  # fmt: skip
    assert status_line(lost) == (
        "USB Audio, lost, estimate 7 at 4.0 s, 2 blocks lost, The device is gone."
    )
    assert status_line(replace(lost, sequence=-1, drops=0, message="")) == "USB Audio, lost"
