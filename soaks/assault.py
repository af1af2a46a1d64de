"""What attackers have in common: sockets on a server of this machine, and an end."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

HERE = "127.0.0.1"
LONGEST_S = 120.0
"""After so long even who has not reached its count gives up."""
MOST_OPEN = 4000
"""Sockets an attacker has at one time: as many as one process usually may."""


@dataclass
class Attack:
    """One run against one port.

    Attributes:
        seconds: it goes on, where it has no count.
        count: how often it does what it does, or 0 where the time counts.
        done: how often what is done was done.
        over_s: when it ends, of the monotonic clock.
    """

    port: int
    seconds: float
    count: int = 0
    done: int = 0
    over_s: float = 0.0
    _kept: list[socket.socket] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Whether there is time left, and something to do."""
        return time.monotonic() < self.over_s and not 0 < self.count <= self.done

    async def connect(self, *, small: bool = False) -> socket.socket:
        """Connect; with a small buffer, so that what is not read stays with the server."""
        raw = socket.socket()
        raw.setblocking(False)
        if small:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._kept.append(raw)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(5):
            await loop.sock_connect(raw, (HERE, self.port))
        return raw

    async def send(self, raw: socket.socket, data: bytes) -> None:
        """Send, for as long as it is taken."""
        async with asyncio.timeout(max(0.01, self.over_s - time.monotonic())):
            await asyncio.get_running_loop().sock_sendall(raw, data)

    async def get(self, path: str, *, small: bool = False, upgrade: bool = False) -> socket.socket:
        """Connect and ask for a path."""
        raw = await self.connect(small=small)
        lines = [f"GET {path} HTTP/1.1", f"Host: {HERE}:{self.port}"]
        if "token=" not in path:
            lines.append(f"Authorization: Bearer {os.environ.get('MER_TOKEN', '')}")
        if upgrade:
            key = base64.b64encode(os.urandom(16)).decode()
            lines += ["Upgrade: websocket", "Connection: Upgrade",
                      f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]  # fmt: skip
        await self.send(raw, "\r\n".join([*lines, "", ""]).encode())
        return raw

    async def stream(self, *, small: bool = False) -> socket.socket:
        """Become a client of the stream, with its handshake read and nothing else."""
        raw = await self.get("/ws", small=small, upgrade=True)
        said = b""
        async with asyncio.timeout(5):
            while b"\r\n\r\n" not in said:
                piece = await asyncio.get_running_loop().sock_recv(raw, 256)
                if not piece:
                    raise ConnectionResetError
                said += piece
        return raw

    async def run(self, one: Callable[[Attack], Awaitable[None]], at_once: int) -> None:
        """Do one thing again and again, so many at once."""
        self.over_s = time.monotonic() + (LONGEST_S if self.count else self.seconds)

        async def again() -> None:
            while self.goes_on:
                with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                    await one(self)
                if len(self._kept) > MOST_OPEN:
                    for raw in self._kept[: MOST_OPEN // 4]:
                        raw.close()
                    del self._kept[: MOST_OPEN // 4]
                await asyncio.sleep(0)

        await asyncio.gather(*(again() for _ in range(at_once)))
        for raw in self._kept:
            raw.close()
