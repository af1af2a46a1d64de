"""Fan-out to clients that read, read slowly, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.sinks.web.clients import Client, Clients, Limits, Outbox


class Wire:
    """A connection that takes messages only while it is open."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        assert text is True
        await self.open.wait()
        self.sent.append(message)

    def send_now(self, frames: bytes) -> bool:
        if not self.open.is_set():
            return False
        while frames:
            assert (frames[0], frames[1] >> 7) == (0x81, 0)  # text, whole, not masked
            end = 2 + frames[1]
            self.sent.append(frames[2:end])
            frames = frames[end:]
        return True


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 9))
def test_outbox_keeps_the_newest_in_order(puts: list[bool], limit: int) -> None:
    """Whatever is put and taken, what waits is the newest, in order, never above the limit."""
    outbox, model, dropped = Outbox(limit), [], 0
    numbers: Iterator[int] = iter(range(len(puts)))
    for put in puts:
        if put:
            message = str(next(numbers)).encode()
            model.append(message)
            pushed = max(0, len(model) - limit)
            del model[:pushed]
            dropped += pushed
            assert outbox.put(message) == pushed
        else:
            assert outbox.take() == (model.pop(0) if model else None)
        assert len(outbox) == len(model)
    assert outbox.dropped == dropped


def test_a_client_gets_everything_while_it_reads() -> None:
    """The greeting comes first, then every message in order."""

    async def scene() -> list[bytes]:
        wire = Wire()
        client = Client(wire, Limits(outbox=4), [b"hello", b"status"])
        writer = asyncio.create_task(client.write())
        for k in range(20):
            client.put(str(k).encode())
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        writer.cancel()
        return wire.sent

    assert asyncio.run(scene()) == [b"hello", b"status", *(str(k).encode() for k in range(20))]


def test_who_is_up_to_date_is_written_to_at_once() -> None:
    """No task has to wake: all have a message before the next, or anybody else, has a turn."""

    async def scene() -> list[bytes]:
        wires, clients = [Wire() for _ in range(3)], Clients(lambda count: None)
        writers = []
        for wire in wires:
            client = Client(wire, Limits(outbox=4), [b"hello"])
            clients.add(client)
            writers.append(asyncio.create_task(client.write()))
        await asyncio.sleep(0.01)
        assert [wire.sent for wire in wires] == [[b"hello"]] * 3
        on_all: list[bytes] = []
        for wire in wires:
            wire.sent = on_all
        for k in range(9):
            clients.publish([str(k)])
        for writer in writers:
            writer.cancel()
        return on_all

    assert asyncio.run(scene()) == [str(k).encode() for k in range(9) for _ in range(3)]


@given(st.lists(st.sampled_from(["put", "turn", "shut", "open"]), max_size=60))
def test_nothing_overtakes_whatever_the_network_does(steps: list[str]) -> None:
    """Written at once or later, before or after the greeting: what comes, comes in order."""

    async def scene() -> tuple[list[bytes], int, int]:
        wire = Wire()
        client = Client(wire, Limits(outbox=4), [b"-2", b"-1"])
        writer = asyncio.create_task(client.write())
        put = dropped = 0
        for step in steps:
            if step == "put":
                dropped += client.put(str(put).encode())
                put += 1
            elif step == "turn":
                await asyncio.sleep(0)
            else:
                (wire.open.set if step == "open" else wire.open.clear)()
        wire.open.set()
        for _ in range(12):
            await asyncio.sleep(0)
        writer.cancel()
        return wire.sent, put, dropped

    sent, put, dropped = asyncio.run(scene())
    numbers = [int(message) for message in sent]
    assert numbers == sorted(set(numbers))
    assert numbers[:2] == [-2, -1]
    assert len(numbers) == 2 + put - dropped
    assert put == 0 or numbers[-1] == put - 1


def test_what_comes_together_leaves_together_and_waits_one_by_one() -> None:
    """One write to who is free; who is behind has each in its queue, the oldest of them lost."""

    async def scene() -> tuple[list[bytes], list[bytes], int]:
        free, slow, dropped = Wire(), Wire(), [0]
        clients = Clients(dropped.append)
        writers = []
        for wire in (free, slow):
            client = Client(wire, Limits(outbox=3))
            clients.add(client)
            writers.append(asyncio.create_task(client.write()))
        await asyncio.sleep(0.01)
        slow.open.clear()
        clients.publish(["a", "b"])
        clients.publish(["c", "d", "e"])
        slow.open.set()
        await asyncio.sleep(0.01)
        for writer in writers:
            writer.cancel()
        return free.sent, slow.sent, sum(dropped)

    assert asyncio.run(scene()) == ([b"a", b"b", b"c", b"d", b"e"], [b"c", b"d", b"e"], 2)


def test_a_slow_client_gets_the_latest() -> None:
    """After a pause a client is given the newest messages, not the oldest, and few of them."""

    async def scene() -> tuple[list[bytes], int]:
        wire = Wire()
        client = Client(wire, Limits(outbox=4), [])
        writer = asyncio.create_task(client.write())
        await asyncio.sleep(0)
        wire.open.clear()
        dropped = 0
        for k in range(100):
            dropped += client.put(str(k).encode())
            await asyncio.sleep(0)
        wire.open.set()
        await asyncio.sleep(0.01)
        writer.cancel()
        return wire.sent, dropped

    sent, dropped = asyncio.run(scene())
    assert sent[-4:] == [b"96", b"97", b"98", b"99"]
    assert len(sent) + dropped == 100
    assert len(sent) <= 5  # one was on its way when the client stopped reading


def test_a_client_that_never_reads_is_given_up() -> None:
    """Its writer ends with TimeoutError after the limit, and another one is not delayed."""

    async def scene() -> list[bytes]:
        stuck, well = Wire(), Wire()
        stuck.open.clear()
        limits = Limits(outbox=4, stall_s=0.1)
        clients = Clients(lambda count: None)
        both = [Client(stuck, limits, []), Client(well, limits, [])]
        writers = [asyncio.create_task(client.write()) for client in both]
        for client in both:
            clients.add(client)
        for k in range(10):
            clients.publish([str(k)])
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writers[0], 5)
        writers[1].cancel()
        assert len(clients) == 2
        clients.discard(both[0])
        assert len(clients) == 1
        return well.sent

    assert asyncio.run(scene()) == [str(k).encode() for k in range(10)]


def test_dropped_messages_are_counted_over_all_clients() -> None:
    """The count is what the clients together never got."""
    counted: list[int] = []
    clients = Clients(counted.append)
    wires = [Client(Wire(), Limits(outbox=2), []) for _ in range(3)]
    for client in wires:
        clients.add(client)
    for k in range(5):
        clients.publish([str(k)])
    assert sum(counted) == 3 * 3
