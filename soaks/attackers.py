"""Clients that mean harm, or might as well.

``python -m soaks.attackers NAME PORT SECONDS [COUNT]`` goes on for so many seconds against a
server on this machine, or with a count until it has done so often what it does, and prints how
often it could. They know the token, in ``MER_TOKEN``: whoever does not gets no further than the
door. Nothing here knows the server's code.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from soaks.assault import Attack
from soaks.frames import BINARY, CONTINUATION, PING, TEXT, frame, head_of


async def nothing(attack: Attack) -> None:
    """Harm nobody, to compare with."""
    await asyncio.sleep(max(0.0, attack.over_s - time.monotonic()))


async def never_read(attack: Attack) -> None:
    """A client that reads nothing; it stays."""
    await attack.stream(small=True)
    attack.done += 1
    if attack.done >= 1000:
        await asyncio.sleep(max(0.0, attack.over_s - time.monotonic()))


async def read_slowly(attack: Attack) -> None:
    """A client that reads a hundred bytes a second."""
    raw = await attack.stream(small=True)
    attack.done += 1
    while attack.goes_on:
        await asyncio.get_running_loop().sock_recv(raw, 10)
        await asyncio.sleep(0.1)


async def garbage(attack: Attack) -> None:
    """Noise, in place of a request or of a frame."""
    raw = await (attack.stream() if attack.done % 2 else attack.connect())
    attack.done += 1
    for _ in range(20):
        await attack.send(raw, os.urandom(2000))
    raw.close()


async def huge_frames(attack: Attack) -> None:
    """A frame of a gigabyte, as much of it as is taken."""
    raw = await attack.stream()
    attack.done += 1
    await attack.send(raw, head_of(BINARY, 1 << 30))
    while attack.goes_on:
        await attack.send(raw, bytes(1 << 16))


async def thousand_a_second(attack: Attack) -> None:
    """A thousand messages a second for as long as they are taken."""
    raw = await attack.stream()
    for number in range(1_000_000):
        if not attack.goes_on:
            return
        await attack.send(raw, frame(TEXT, b'{"type":"ping","id":%d}' % number))
        attack.done += 1
        await asyncio.sleep(0.001)


async def pings(attack: Attack) -> None:
    """Pings without end, whose answers nobody reads."""
    raw = await attack.stream(small=True)
    many = frame(PING, b"") * 5000
    while attack.goes_on:
        await attack.send(raw, many)
        attack.done += 5000


async def fragments(attack: Attack) -> None:
    """A message that never ends, in pieces of nothing."""
    raw = await attack.stream()
    await attack.send(raw, frame(TEXT, b"{", final=False))
    many = frame(CONTINUATION, b"", final=False) * 1000
    while attack.goes_on:
        await attack.send(raw, many)
        attack.done += 1000


async def half_open(attack: Attack) -> None:
    """A connection that never says anything, or stops in the middle of its request."""
    raw = await attack.connect()
    attack.done += 1
    if attack.done % 2:
        await attack.send(raw, b"GET /ws HTTP/1.1\r\nHost: ")


async def endless_headers(attack: Attack) -> None:
    """A request whose headers do not end."""
    raw = await attack.connect()
    await attack.send(raw, b"GET / HTTP/1.1\r\n")
    while attack.goes_on:
        await attack.send(raw, b"X: %s\r\n" % (b"x" * 8000))
        attack.done += 1


async def connect_only(attack: Attack) -> None:
    """Come in, as a client of the stream, and go."""
    raw = await attack.stream()
    raw.close()
    attack.done += 1


async def unread_pages(attack: Attack) -> None:
    """Ask for the longest file of the page and read nothing of it."""
    await attack.get("/routes.js", small=True)
    attack.done += 1


async def unread_sets(attack: Attack) -> None:
    """Ask for the whole set and read nothing of it."""
    await attack.get("/history.json", small=True)
    attack.done += 1


async def guesses(attack: Attack) -> None:
    """A wrong token after another."""
    raw = await attack.get(f"/metrics?token={os.urandom(6).hex()}")
    with suppress(OSError):
        await asyncio.get_running_loop().sock_recv(raw, 64)
    raw.close()
    attack.done += 1


ATTACKS: dict[str, tuple[Callable[[Attack], Awaitable[None]], int]] = {
    "nothing": (nothing, 1),
    "never read": (never_read, 50),
    "read slowly": (read_slowly, 100),
    "garbage": (garbage, 10),
    "huge frames": (huge_frames, 10),
    "a thousand messages a second": (thousand_a_second, 20),
    "pings, answers not read": (pings, 10),
    "endless fragments": (fragments, 10),
    "half-open connections": (half_open, 50),
    "endless headers": (endless_headers, 20),
    "connection attempts": (connect_only, 20),
    "pages not read": (unread_pages, 50),
    "whole sets not read": (unread_sets, 20),
    "guesses at the token": (guesses, 20),
}
"""Each with how many do it at once."""
COUNTS = {"connection attempts": 10_000}
"""How often those are done that are meant by their number."""


def main() -> None:
    """Attack, and print how often."""
    name, port, seconds, *count = sys.argv[1:]
    attack = Attack(int(port), float(seconds), *map(int, count))
    asyncio.run(attack.run(*ATTACKS[name]))
    print(attack.done)


if __name__ == "__main__":
    main()
