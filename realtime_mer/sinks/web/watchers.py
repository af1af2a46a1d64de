"""Those on the stream: what they are told, what they ask for, and who of them may command."""

from __future__ import annotations

import time
from collections.abc import Sequence

from realtime_mer.estimate import Estimate
from realtime_mer.limits.allowance import Allowance
from realtime_mer.sinks.web import protocol
from realtime_mer.sinks.web.access import PROXY_HEADERS, Gate
from realtime_mer.sinks.web.clients import Client, Clients, Limits, Outbox, framed
from realtime_mer.sinks.web.commanding import (
    BUSY,
    NOT_ALLOWED,
    NOTHING_TO_SET,
    Commanding,
    Desk,
)
from realtime_mer.sinks.web.commands import Meters
from realtime_mer.sinks.web.connection import (
    FRAME_BYTES,
    TRAFFIC_OVER_S,
    LimitedConnection,
)
from realtime_mer.sinks.web.holding import hold
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.metrics import Counters

LONG_COMMANDS_AT_ONCE = 4
"""Commands of the greatest length that may come at once, such as all routes anew."""


class Watchers:
    """All clients of the stream, on one event loop.

    Args:
        journal: what they are told.
        gate: who may command.
        limits: how patient the server is.
        counters: of the server.
        desk: does what they ask for, or None where there is nothing to set.
    """

    def __init__(
        self, journal: Journal, gate: Gate, limits: Limits, counters: Counters, desk: Desk | None
    ) -> None:
        self._journal = journal
        self._gate = gate
        self._limits = limits
        self._counters = counters
        self._desk = desk
        self._commanding = Commanding(desk, self._count_refused) if desk is not None else None
        self._clients = Clients(self._count_dropped)
        self._metered: set[Client] = set()
        self._greetings: dict[bool, list[bytes]] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def publish(self, messages: Sequence[str]) -> None:
        """Send messages to all of them; who comes later is greeted with them."""
        self._greetings.clear()
        self._clients.publish(messages)

    def meter(self, estimate: Estimate) -> None:
        """Tell whoever asked for it what every route makes of an estimate."""
        if self._desk is None:
            return
        values = self._desk.meters(estimate)  # also when nobody looks: they move with time
        if self._metered:
            message = protocol.meters_message(estimate.sequence, values).encode()
            frame = framed(message, text=True)
            self._count_dropped(sum(each.put_all([message], frame) for each in self._metered))

    def close(self) -> None:
        """Take no more commands."""
        if self._commanding is not None:
            self._commanding.close()

    async def serve(self, connection: LimitedConnection) -> None:
        """Serve one client until it goes."""
        may_command = self._may_command(connection)
        outbox = Outbox(self._limits.outbox * self._journal.streams)
        greeting = self._greeting(may_command=may_command)
        client = Client(connection, self._limits, greeting, outbox=outbox)
        self._clients.add(client)
        self._counters.connections += 1
        self._counters.connected = len(self._clients)
        if may_command:
            connection.protocol.max_message_size = protocol.MAX_COMMAND_BYTES
            most = LONG_COMMANDS_AT_ONCE * protocol.MAX_COMMAND_BYTES
            frames_per_s = self._limits.bytes_per_s / FRAME_BYTES  # as for everybody
            connection.may_send(most / TRAFFIC_OVER_S, frames_per_s)
        allowance = Allowance(self._limits.messages_per_s, time.monotonic())
        try:
            await hold(
                client,
                connection,
                lambda said: self._obey(client, said, may_command),
                allowance,
                self._counters,
            )
        finally:
            self._clients.discard(client)
            self._metered.discard(client)
            self._counters.connected = len(self._clients)

    def _greeting(self, *, may_command: bool) -> list[bytes]:
        """What is said first, made once for all who come between two messages."""
        greeting = self._greetings.get(may_command)
        if greeting is None:
            said = self._journal.greeting(may_command=may_command)
            greeting = self._greetings[may_command] = [message.encode() for message in said]
        return greeting

    def _may_command(self, connection: LimitedConnection) -> bool:
        request = connection.request
        if self._desk is None or request is None:
            return False
        headers = request.headers
        _, _, query = request.path.partition("?")
        return self._gate.may_command(
            str(connection.remote_address[0]),
            headers.get("Host", ""),
            headers.get("Origin"),
            knows_token=self._gate.knows_token(query, headers.get("Authorization")),
            proxied=any(name in headers for name in PROXY_HEADERS),
        )

    def _obey(self, client: Client, said: str | bytes, may_command: bool) -> None:
        """Answer one message of a client, or have it answered when it is done."""

        def answer(message: str) -> None:
            self._count_dropped(client.put(message.encode()))

        def refuse(sentence: str, message_id: protocol.Id) -> None:
            self._count_refused()
            answer(protocol.error_message(sentence, message_id))

        try:
            asked = protocol.parse(said)
        except protocol.Refused as refused:
            refuse(str(refused), refused.id)
            return
        if isinstance(asked, protocol.Ping):
            answer(protocol.pong_message(asked.id))
        elif self._commanding is None:
            refuse(NOTHING_TO_SET, asked.id)
        elif not may_command:
            refuse(NOT_ALLOWED, asked.id)
        elif isinstance(asked.command, Meters):
            (self._metered.add if asked.command.on else self._metered.discard)(client)
            answer(protocol.done_message(asked.id, {}))
        elif self._commanding.ask(asked, answer):
            self._counters.commands += 1
        else:
            refuse(BUSY, asked.id)

    def _count_dropped(self, messages: int) -> None:
        self._counters.dropped += messages

    def _count_refused(self) -> None:
        self._counters.misunderstood += 1
