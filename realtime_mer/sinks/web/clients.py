"""Fan-out to many clients, each at its own pace, in bounded memory.

A message is made into a frame once, and written at once to every client with nothing in its
way: to wake a task for each of a thousand takes longer than to write to them all. Of the writing
itself most is the system's own, so messages that come together leave together. But writing
to whoever is there has no backpressure: a client that never reads makes the server keep
everything for it (57 MB in 70 s at 43 messages a second, measured). So each client also has a
small outbox, for what cannot be written at once, and a task of its own that empties it. When
the outbox is full the oldest message goes, so that the latest always arrives; when one
message cannot be handed to the network for some seconds, the client is cut off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from websockets.frames import Frame, Opcode


@dataclass(frozen=True, slots=True)
class Limits:
    """How much patience the server has.

    Attributes:
        clients: most clients at one time.
        outbox: messages that may wait for one client.
        stall_s: longest time one message may take to be handed to the network.
        ping_s: interval of the keep-alive, and how long its answer may take: it finds the
            client that has vanished or never reads while the network still buffers for it.
        farewell_s: how long a client may take to close its end after the server has, which
            is also how long it may take to fetch a file of the page.
        write_bytes: buffer in front of the socket. Small, because what waits there can no
            longer be replaced by something newer.
        socket_bytes: the same for the kernel's own buffer.
        messages_per_s: messages a client may send, on average over ten seconds.
        bytes_per_s: bytes it may send, on average over eight seconds; more for who may command.
        openings: connections that are no clients at one time: those that have not asked for
            anything yet, and those that are being given a file.
        openings_each: of them from one other machine.
        opening_s: how long a request may take to arrive.
    """

    clients: int = 1000
    outbox: int = 16
    stall_s: float = 10.0
    ping_s: float = 10.0
    farewell_s: float = 5.0
    write_bytes: int = 4096
    socket_bytes: int = 32768
    messages_per_s: float = 10.0
    bytes_per_s: float = 1024.0
    openings: int = 1024
    openings_each: int = 128
    opening_s: float = 5.0


class Outbox:
    """Messages waiting for one client, at most ``limit``; the newest push out the oldest."""

    def __init__(self, limit: int) -> None:
        self._waiting: deque[bytes] = deque()
        self._limit = limit
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: bytes) -> int:
        """Add a message and return how many older ones it pushed out, 0 or 1."""
        self._waiting.append(message)
        if len(self._waiting) <= self._limit:
            return 0
        self._waiting.popleft()
        self.dropped += 1
        return 1

    def take(self) -> bytes | None:
        """Remove and return the oldest message, or None when nothing waits."""
        return self._waiting.popleft() if self._waiting else None


class Queue(Protocol):
    """What waits for one client, such as an :class:`Outbox`."""

    def put(self, message: bytes) -> int:
        """Add a message and return how many older ones it pushed out."""

    def take(self) -> bytes | None:
        """Remove and return the oldest message, or None when nothing waits."""


class Connection(Protocol):
    """The little of a WebSocket connection that is needed to write to it."""

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        """Hand one message to the network, waiting while its buffer is full."""

    def send_now(self, frames: bytes) -> bool:
        """Write whole frames where nothing is in their way; False, and nothing written, else."""


def framed(message: bytes, *, text: bool) -> bytes:
    """Return a message as it is on the wire: as nothing is compressed, the same for everybody."""
    return Frame(Opcode.TEXT if text else Opcode.BINARY, message).serialize(mask=False)


class Client:
    """One listener: an outbox, and the task that empties it into the connection.

    What is put while the task has nothing to do goes past both, where the connection takes it.

    Args:
        connection: where to.
        limits: see :class:`Limits`.
        first: what it is told before anything else; not subject to the outbox's limit.
        outbox: for what it is told after that; None for one as the limits have it.
        text: whether messages are text, else binary.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        first: Iterable[bytes] = (),
        *,
        outbox: Queue | None = None,
        text: bool = True,
    ) -> None:
        self.outbox = Outbox(limits.outbox) if outbox is None else outbox
        self._connection = connection
        self._text = text
        self._stall_s = limits.stall_s
        self._first = deque(first)
        self._busy = asyncio.Event()
        self._busy.set()  # with the greeting

    def put(self, message: bytes) -> int:
        """Send a message, now or when its turn comes; return how many older ones went for it."""
        return self.put_all([message], framed(message, text=self._is_text(message)))

    def put_all(self, messages: Sequence[bytes], frames: bytes) -> int:
        """The same for several messages.

        Args:
            messages: what is to be said.
            frames: the same as it is on the wire.
        """
        if not self._busy.is_set() and self._connection.send_now(frames):
            return 0
        self._busy.set()
        return sum(map(self.outbox.put, messages))

    async def write(self) -> None:
        """Send the greeting, then for ever what waits.

        Raises:
            TimeoutError: if a message could not be handed over in ``stall_s``.
            websockets.exceptions.ConnectionClosed: when the client has gone.
        """
        while self._first:
            await self._send(self._first.popleft())
        while True:
            message_or_none = self.outbox.take()
            if message_or_none is None:
                self._busy.clear()
                await self._busy.wait()
            else:
                await self._send(message_or_none)

    def _is_text(self, message: bytes) -> bool:
        return self._text

    async def _send(self, message: bytes) -> None:
        async with asyncio.timeout(self._stall_s):
            await self._connection.send(message, text=self._is_text(message))


class Clients:
    """All listeners of text; a message is encoded once and shared by all of them."""

    def __init__(self, count_dropped: Callable[[int], None]) -> None:
        self._all: set[Client] = set()
        self._count_dropped = count_dropped

    def __len__(self) -> int:
        return len(self._all)

    def add(self, client: Client) -> None:
        """Begin to send a client what is published."""
        self._all.add(client)

    def discard(self, client: Client) -> None:
        """Forget a client and whatever waits for it."""
        self._all.discard(client)

    def publish(self, messages: Iterable[str]) -> None:
        """Send messages to every client, or queue them for those that are behind."""
        said = [message.encode() for message in messages]
        frames = b"".join(framed(message, text=True) for message in said)
        self._count_dropped(sum(client.put_all(said, frames) for client in self._all))
