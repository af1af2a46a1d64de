"""One connection: how long its request may take, and how much it may say."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, cast

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from realtime_mer.limits.allowance import Allowance
from realtime_mer.sinks.web.doorway import Doorway

CLOSE_POLITE_S = 0.4
"""How long a client may take to answer the farewell before its connection is cut."""
REQUEST_BYTES = 16_384
"""A request, with the cookies that everything else on this machine has set."""
TRAFFIC_OVER_S = 8.0
"""Seconds the bytes of a connection are counted over."""
MOST_FRAGMENTS = 64
"""Pieces of a message: empty ones would cost memory and not a byte of its length."""
FRAME_BYTES = 64
"""So long are frames on average, at least: an empty one costs work as well."""
TAKEN_BYTES = 1024
"""Are parsed at a time: 170 empty frames, which takes some milliseconds."""
DATA_FRAMES = (Opcode.CONT, Opcode.TEXT, Opcode.BINARY)
SHOWN_BYTES = 64
"""Of what is too much, so that a frame that says it is too long is answered as such."""


class LimitedConnection(ServerConnection):
    """A connection of ``websockets`` that is cut when it takes too long or says too much.

    Bytes are counted before they are parsed. A message too many is noticed only after it was
    parsed, and a ping is answered by the library itself: the 256 kB that somebody who may command
    may send at once, as empty pings, would keep everybody else waiting for a second. So frames are
    counted as well, and little is parsed before they are.

    Args:
        doorway: has the limits and counts.
        arguments: for :class:`~websockets.asyncio.server.ServerConnection`.
        options: for the same.
    """

    def __init__(self, doorway: Doorway, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._doorway = doorway
        self.is_shown_out = False
        """Whether it has said too much: what is left of that is not listened to."""
        self._fragments = 0
        self._cut: asyncio.TimerHandle | None = None
        self.may_send(REQUEST_BYTES / TRAFFIC_OVER_S)

    def may_send(self, bytes_per_s: float, frames_per_s: float | None = None) -> None:
        """Let the other end say so much from now on, and eight seconds of it at once.

        Args:
            bytes_per_s: of everything.
            frames_per_s: in so many frames of any kind; None for one of 64 bytes after another.
        """
        now_s, over_s = time.monotonic(), TRAFFIC_OVER_S
        self._traffic = Allowance(bytes_per_s, now_s, over_s=over_s)
        self._frames = Allowance(frames_per_s or bytes_per_s / FRAME_BYTES, now_s, over_s=over_s)

    def send_now(self, frames: bytes) -> bool:
        """Write whole frames if the network has taken all before them and the line is open.

        Args:
            frames: as they are on the wire. They go past the library, which writes whatever it
                makes at once, and is between two frames whenever anybody else has the turn.

        Returns:
            False if nothing was written: then ``send`` has to wait for its turn, or to say why not.
        """
        transport = self.transport
        if (
            self.state is not State.OPEN
            or transport.is_closing()
            or transport.get_write_buffer_size() > 0
        ):
            return False
        transport.write(frames)
        return True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._doorway.transports.add(self.transport)
        self._cut = self.loop.call_later(self._doorway.limits.opening_s, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        if self.is_shown_out:
            return
        if self._traffic.spend(time.monotonic(), len(data)):
            for start in range(0, len(data), TAKEN_BYTES):
                if not self.is_shown_out:
                    super().data_received(data[start : start + TAKEN_BYTES])
            return
        if self.state is State.OPEN:
            super().data_received(data[:SHOWN_BYTES])
        self._show_out("too much at once")

    def process_event(self, event: Any) -> None:
        if self._cut is not None:  # the request is here
            self._cut.cancel()
            self._cut = None
            self.may_send(self._doorway.limits.bytes_per_s)
        if isinstance(event, Frame):
            if not self._frames.spend(time.monotonic()):
                self._show_out("too much at once")
            elif event.opcode in DATA_FRAMES:
                self._fragments = 0 if event.fin else self._fragments + 1
                if self._fragments > MOST_FRAGMENTS:
                    self._show_out("too many fragments")
        if not self.is_shown_out:
            super().process_event(event)

    def _show_out(self, why: str) -> None:
        """Read nothing more, say so where there is somebody to say it to, and cut the line."""
        if self.is_shown_out:
            return
        self.is_shown_out = True
        self._doorway.count_shown_out(self.remote_address)
        if self.state is State.OPEN:
            self.protocol.fail(CloseCode.POLICY_VIOLATION, why)
            self.send_data()
        self.recv_messages.resume = lambda: None  # whoever reads messages would read on
        self.transport.pause_reading()
        self.loop.call_later(CLOSE_POLITE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._cut is not None:
            self._cut.cancel()
        self._doorway.transports.discard(self.transport)
        super().connection_lost(exc)


def connection_class(doorway: Doorway) -> type[ServerConnection]:
    """Return what makes the connections of a server, for the ``serve`` of websockets."""
    return cast(type[ServerConnection], partial(LimitedConnection, doorway))
