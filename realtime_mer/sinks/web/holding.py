"""A client's stay: what is put for it is written, what it says is taken, until it goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from realtime_mer.limits.allowance import Allowance
from realtime_mer.sinks.web.clients import Client
from realtime_mer.sinks.web.connection import CLOSE_POLITE_S, LimitedConnection
from realtime_mer.sinks.web.metrics import Counters

log = logging.getLogger(__name__)

TOLD_EVERY_S = 1.0


async def hold(
    client: Client,
    connection: LimitedConnection,
    take: Callable[[str | bytes], None],
    allowance: Allowance,
    counters: Counters,
) -> None:
    """Serve a client until it goes, or is cut off because it does not read or says too much.

    Args:
        client: what waits for it.
        connection: to it.
        take: is given each message it sends.
        allowance: of messages it may send.
        counters: count how it ended.
    """
    writer = asyncio.create_task(_write(client, connection, counters))
    try:
        await _read(connection, take, allowance, counters)
    except ConnectionClosed as closed:
        # So the keep-alive ends a connection whose other end does not answer it; a program that
        # fails says the same of itself, and is answered with it.
        sent = None if closed.rcvd_then_sent else closed.sent
        if sent is not None and sent.code == CloseCode.INTERNAL_ERROR:
            counters.cut_off += 1
    finally:
        writer.cancel()


async def _write(client: Client, connection: LimitedConnection, counters: Counters) -> None:
    try:
        await client.write()
    except TimeoutError:
        counters.cut_off += 1
        connection.transport.abort()
    except ConnectionClosed:
        pass


async def _read(
    connection: LimitedConnection,
    take: Callable[[str | bytes], None],
    allowance: Allowance,
    counters: Counters,
) -> None:
    async for message in connection:
        if connection.is_shown_out:
            return
        if not allowance.spend(time.monotonic()):
            counters.flooded += 1
            # What it still sends is not read any more, so its goodbye never comes.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_POLITE_S):
                    await connection.close(CloseCode.POLICY_VIOLATION, "too many messages")
            connection.transport.abort()
            return
        take(message)


async def tell_who_was_cut_off(counters: Counters) -> None:
    """Say for ever how many did not read: those of a second in one line, as many go together."""
    told = 0
    try:
        while True:
            await asyncio.sleep(TOLD_EVERY_S)
            told = _tell(counters.cut_off, told)
    finally:
        _tell(counters.cut_off, told)


def _tell(cut_off: int, told: int) -> int:
    if cut_off - told == 1:
        log.info("a web client that did not read was cut off")
    elif cut_off > told:
        log.info("%d web clients that did not read were cut off", cut_off - told)
    return cut_off
