"""Telling systemd that the tracker is ready, alive, and how it does: sd_notify(3)."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

from realtime_mer.estimate import Estimate, Status

log = logging.getLogger(__name__)

SEND_LIMIT_S = 0.1


class SupervisorSink:
    """Sends a datagram a second to the service manager.

    Whoever reports here is the thread that runs the model, so each report proves it alive:
    where it hangs the datagrams end, and systemd starts the program anew after
    ``WatchdogSec``. A device that is lost is no reason for that, since the tracker finds it
    again by itself.

    Args:
        address: a path, or a name in Linux's abstract namespace behind an ``@``.
    """

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        self._ready = False
        self._failing = False
        family = getattr(socket, "AF_UNIX", None)
        if family is not None:
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.settimeout(SEND_LIMIT_S)

    def publish(self, estimate: Estimate) -> None:
        """Nothing: the report a second later is soon enough."""

    def report(self, status: Status) -> None:
        """Say that the tracker is alive, and what ``systemctl status`` shows of it."""
        text = f"STATUS={status_line(status)}\nWATCHDOG=1"
        if not self._ready:
            text = f"READY=1\n{text}"
        self._ready = self._send(text) or self._ready

    def close(self) -> None:
        """Say that the end is near."""
        if self._socket is not None:
            self._send("STOPPING=1\nSTATUS=Stopping.")
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.sendto(text.encode(), self._address)
        except OSError as error:
            if not self._failing:
                log.warning("systemd cannot be told how the run does: %s.", error)
            self._failing = True
            return False
        self._failing = False
        return True


def open_supervisor(environment: Mapping[str, str] = os.environ) -> SupervisorSink | None:
    """Return a sink where a service manager asked to be told (``Type=notify``), else None."""
    address = environment.get("NOTIFY_SOCKET", "")
    return SupervisorSink(address) if address[:1] in ("/", "@") and len(address) > 1 else None


def status_line(status: Status) -> str:
    """Return one line on the run."""
    words = [status.device, status.state]
    if status.sequence >= 0:
        words.append(f"estimate {status.sequence} at {status.time_s:.1f} s")
    if status.drops:
        words.append(f"{status.drops} blocks lost")
    if status.message:
        words.append(status.message)
    return " ".join(", ".join(words).split())
