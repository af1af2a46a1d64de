"""What goes back to a client: every message, in order, and never without bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

SEND_S = 10.0
"""How long one message may take to be handed to the network."""


class GoneError(Exception):
    """Nobody is there to be told any more."""


class Replies:
    """Messages that wait for one client, and the task that sends them.

    Nothing is left out: whoever makes messages of what the client sends waits by
    :meth:`drain` before it takes more of that.

    Args:
        connection: to the client.
        cut_off: is called where it took nothing for so long that it was disconnected.
    """

    def __init__(self, connection: ServerConnection, cut_off: Callable[[], None]) -> None:
        self._connection = connection
        self._cut_off = cut_off
        self._waiting: deque[str] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._gone = False

    def put(self, message: str) -> None:
        """Have a message sent."""
        self._waiting.append(message)
        self._news.set()

    async def drain(self, most: int) -> None:
        """Wait until no more than so many messages wait.

        Raises:
            GoneError: the client has gone, or was cut off.
        """
        while len(self._waiting) > most:
            if self._gone:
                raise GoneError
            self._room.clear()
            await self._room.wait()

    async def write(self) -> None:
        """Send for ever what is put; ends when the client goes or is cut off."""
        try:
            while True:
                while self._waiting:
                    async with asyncio.timeout(SEND_S):
                        await self._connection.send(self._waiting[0])
                    self._waiting.popleft()
                    self._room.set()
                self._news.clear()
                await self._news.wait()
        except TimeoutError:
            self._cut_off()
            self._connection.transport.abort()
        except ConnectionClosed:
            pass
        finally:
            self._gone = True
            self._room.set()
