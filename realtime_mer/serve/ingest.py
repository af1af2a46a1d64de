"""The way in for sound: who may come, what is counted of them, and whether it goes well."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping

from websockets.asyncio.server import ServerConnection

from realtime_mer.serve.hall import Hall
from realtime_mer.serve.visitor import Rules, Tally, Visitor
from realtime_mer.sinks.web.connection import LimitedConnection
from realtime_mer.sinks.web.families import Families
from realtime_mer.sinks.web.way_in import INGEST
from realtime_mer.streams import ManyTracker

LONGEST_MESSAGE_BYTES = 65_536
"""Of sound: a third of a second of 48 kHz stereo in floats is usual, this is four times it."""
BEFORE_FORMAT_BYTES_PER_S = 262_144
"""Until it is known what comes; nobody has to wait for the answer to send on."""
RECEIVE_BUFFER_BYTES = 65_536
"""Of the system, for each client: what waits there is sound that is late."""
TOO_LATE_S = 1.0
"""A step that has waited so long means that this machine is too slow for its streams."""


class Ingest:
    """Everybody who sends sound, on one event loop.

    Args:
        many: tracks the streams.
        fields: what ``hello`` of ``/ws`` says.
        most: streams at one time.
        rules: what each may do.
        alone: whether there is no live run on the same port.

    Attributes:
        tally: what was counted since the start.
    """

    def __init__(
        self,
        many: ManyTracker,
        fields: Mapping[str, object],
        *,
        most: int,
        rules: Rules | None = None,
        alone: bool = True,
    ) -> None:
        self.alone = alone
        self.tally = Tally()
        self._hall = Hall(many)
        # What a run beside it has of its own is none of the client's.
        self._fields = {**fields, "osc": []}
        self._fields.pop("streams", None)
        self._most = most
        self._rules = rules or Rules()
        self._visitors: set[Visitor] = set()

    def __len__(self) -> int:
        """How many are here now, those who have not said their format yet among them."""
        return len(self._visitors)

    @property
    def is_full(self) -> bool:
        """Whether as many are here as may be."""
        return len(self._visitors) >= self._most

    @property
    def estimates(self) -> int:
        """How many estimates were made."""
        return self._hall.estimates

    def described(self) -> dict[str, object]:
        """Return what ``hello`` of ``/ws`` says of the way in."""
        return {"path": INGEST.removeprefix("/"), "alone": self.alone}

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one client until it goes or is sent away."""
        # Its answer to a ping may stand in line behind minutes of sound that is not read yet;
        # who has vanished sends no sound, which is noticed as well.
        connection.ping_timeout = None
        connection.protocol.max_message_size = LONGEST_MESSAGE_BYTES
        if isinstance(connection, LimitedConnection):
            connection.may_send(BEFORE_FORMAT_BYTES_PER_S)
        sock = connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        visitor = Visitor(
            connection, self._hall, self._fields, self._rules, self.tally, secrets.token_hex(8)
        )
        self._visitors.add(visitor)
        try:
            await visitor.stay()
        finally:
            self._visitors.discard(visitor)

    def trouble(self, now_s: float) -> str:
        """Return what is wrong, or an empty text."""
        wait_s = self._hall.longest_wait_s(now_s)
        if wait_s < TOO_LATE_S:
            return ""
        return f"this machine is too slow for {len(self)} streams: a step waited {wait_s:.1f} s"

    def add_metrics(self, families: Families, now_s: float) -> None:
        """Add what ``/metrics`` says of it."""
        tally, hall = self.tally, self._hall
        wait_s = hall.longest_wait_s(now_s)
        families.gauge("ingest_streams", "Streams of sound now.", len(hall))
        families.gauge("ingest_streams_most", "Streams there may be.", self._most)
        families.gauge("ingest_wait_seconds", "Longest wait of a step, last 10 s.", wait_s)
        for name, text, value in (
            ("streams", "Streams that ever were.", tally.streams),
            ("sound_seconds", "Sound that was heard.", tally.sound_s),
            ("estimates", "Estimates made of it.", hall.estimates),
            ("calls", "Batches through the model.", hall.calls),
            ("held_up", "Blocks that came too fast.", tally.held_up),
            ("misunderstood", "Clients that made no sense.", tally.misunderstood),
            ("idle", "Clients that sent nothing.", tally.idle),
            ("cut_off", "Clients that took no results.", tally.cut_off),
        ):
            families.counter(f"ingest_{name}_total", text, value)

    def close(self) -> None:
        """Hear nobody any more."""
        self._hall.close()
