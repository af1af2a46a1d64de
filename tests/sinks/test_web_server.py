"""The web sink through real sockets: what clients are told, and what they may not do."""

from __future__ import annotations

import json
import logging
import math
import re
import socket
import time
import tracemalloc
from contextlib import ExitStack
from dataclasses import replace

import pytest
from support.estimates import make_estimate, make_status
from support.web import (
    LIMIT_S,
    listen,
    metric,
    never_reading,
    receive,
    until,
    web_sink,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.protocol import estimate_message, status_message

# The stream


def test_hello_comes_first_with_the_past() -> None:
    """A new client is told what runs and the last estimates before anything else."""
    with web_sink() as sink:
        for k in range(5):
            sink.publish(make_estimate(k))
        sink.report(make_status(drops=2))
        until(lambda: metric(sink, "drops_total") == 2)
        with listen(sink) as client:
            first = json.loads(client.recv(timeout=LIMIT_S))
            assert first["type"] == "hello"
            assert first["model"]["name"] == "tiny"
            assert first["history"] == [
                json.loads(estimate_message(make_estimate(k))) for k in range(5)
            ]
            assert json.loads(client.recv(timeout=LIMIT_S))["drops"] == 2


def test_every_client_gets_every_message_in_order() -> None:
    """Estimates and statuses reach all clients as they were published."""
    with web_sink() as sink, listen(sink) as one, listen(sink) as two:
        until(lambda: sink.clients() == 2)
        expected = []
        for k in range(20):
            sink.publish(make_estimate(k))
            expected.append(estimate_message(make_estimate(k)))
            if k % 2:
                sink.report(make_status(sequence=k))
                expected.append(status_message(make_status(sequence=k)))
            if k % 5 == 4:  # no faster than the outbox is deep
                time.sleep(0.02)
        for client in (one, two):
            receive(client, "hello")
            assert [client.recv(timeout=LIMIT_S) for _ in expected] == expected
    assert sink.clients() == 0


def test_a_reset_begins_anew_for_whoever_comes_next() -> None:
    """After the sequence fell back, hello knows nothing of the time before."""
    with web_sink() as sink:
        with listen(sink) as client:
            before = receive(client, "hello")
            for k in (7, 8, 0):
                sink.publish(make_estimate(k))
            assert [receive(client, "estimate")["sequence"] for _ in range(3)] == [7, 8, 0]
        with listen(sink) as client:
            after = receive(client, "hello")
        assert [estimate["sequence"] for estimate in after["history"]] == [0]
        assert after["stream"] != before["stream"]


def test_an_estimate_that_is_no_number_harms_nobody() -> None:
    """NaN is counted and left out; the stream goes on and nothing raises."""
    with web_sink() as sink, listen(sink) as client:
        receive(client, "hello")
        sink.publish(replace(make_estimate(0), mean=(math.nan, 0.0)))
        sink.report(make_status(level_db=math.inf))
        sink.report(make_status(controls={"no JSON": object()}))
        sink.publish(make_estimate(1))
        assert receive(client, "estimate")["sequence"] == 1
        assert metric(sink, "web_faulty_total") == 3


def test_ping_is_answered_and_nonsense_is_told_so() -> None:
    """A client's messages are answered on the same connection, which stays open."""
    with web_sink() as sink, listen(sink) as client:
        client.send('{"type": "ping", "id": 42}')
        assert receive(client, "pong")["id"] == 42
        client.send("nonsense")
        assert receive(client, "error")["message"] == "The message is not JSON."
        client.send(b"\x00\x01")
        assert "text frames" in receive(client, "error")["message"]
        sink.publish(make_estimate(3))
        assert receive(client, "estimate")["sequence"] == 3


@pytest.mark.parametrize(("message", "times", "code"), [("x" * 2000, 1, 1009), ("x", 400, 1008)])
def test_a_client_that_says_too_much_is_shown_out(message: str, times: int, code: int) -> None:
    """One message too long, or too many of them: the connection is closed with the code for it."""
    with web_sink() as sink, listen(sink) as client, listen(sink) as other:
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (while it sends, or after)
            for _ in range(times):
                client.send(message)
            while True:
                client.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        sink.publish(make_estimate(0))
        assert receive(other, "estimate")["sequence"] == 0


# Clients that do not read


def test_who_never_reads_is_cut_off_while_others_go_on() -> None:
    """The stuck client is given up after the limit; the other one misses nothing."""
    limits = Limits(stall_s=0.5, ping_s=60)
    with web_sink(limits=limits) as sink, listen(sink) as client, never_reading(sink):
        receive(client, "hello")
        until(lambda: sink.clients() == 2)
        sequence = 0
        deadline = time.monotonic() + 30
        while metric(sink, "web_cut_off_total") == 0:
            assert time.monotonic() < deadline
            for _ in range(8):
                sink.publish(make_estimate(sequence))
                assert receive(client, "estimate")["sequence"] == sequence
                sequence += 1
        until(lambda: sink.clients() == 1)
        sink.publish(make_estimate(sequence))
        assert receive(client, "estimate")["sequence"] == sequence


def test_who_reads_late_gets_what_is_left_in_order() -> None:
    """After a pause: the beginning, which the network took, and the latest, in their order."""
    with web_sink(limits=Limits(stall_s=60)) as sink, never_reading(sink) as raw:
        until(lambda: sink.clients() == 1)
        last = 0
        while metric(sink, "web_dropped_total") < 50:
            for _ in range(50):
                last += 1
                sink.publish(make_estimate(last))
        text, end = b"", f'"sequence":{last},'.encode()
        while end not in text:
            text += raw.recv(65536)
    numbers = [int(found) for found in re.findall(rb'"type":"estimate".*?"sequence":(\d+),', text)]
    assert numbers == sorted(set(numbers))
    assert numbers[-16:] == list(range(last - 15, last + 1))
    assert len(numbers) < last


def test_who_never_answers_is_found_by_the_keep_alive() -> None:
    """A vanished client is noticed even while the network still buffers for it."""
    limits = Limits(ping_s=0.2, farewell_s=0.2)
    with web_sink(limits=limits) as sink, listen(sink) as client, never_reading(sink):
        until(lambda: sink.clients() == 2)
        until(lambda: metric(sink, "web_cut_off_total") == 1, 30)
        until(lambda: sink.clients() == 1)
        sink.publish(make_estimate(0))
        assert receive(client, "estimate")["sequence"] == 0


def test_many_who_vanish_at_once_are_told_of_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Thirty that answer no keep-alive: each is counted, and few lines say all of them."""
    caplog.set_level(logging.INFO, "realtime_mer.sinks.web")
    limits = Limits(ping_s=0.2, farewell_s=0.2)
    with web_sink(limits=limits) as sink, ExitStack() as opened:
        for _ in range(30):
            opened.enter_context(never_reading(sink))
        until(lambda: metric(sink, "web_cut_off_total") == 30, 30)
    lines = [record.getMessage() for record in caplog.records if "cut off" in record.getMessage()]
    assert len(lines) <= 10
    assert sum(1 if line.startswith("a ") else int(line.split()[0]) for line in lines) == 30


def test_a_client_that_fails_is_not_one_that_does_not_read() -> None:
    """It says goodbye with the code that the keep-alive has; that is its own affair."""
    with web_sink() as sink:
        with listen(sink) as client:
            receive(client, "hello")
            client.close(CloseCode.INTERNAL_ERROR, "a slip")
        until(lambda: sink.clients() == 0)
        assert metric(sink, "web_cut_off_total") == 0


@pytest.mark.e2e
def test_who_never_reads_costs_bounded_memory() -> None:
    """Ten thousand estimates (3 MB) for a client that reads none leave under 300 kB behind."""
    limits = Limits(stall_s=120, ping_s=120)
    with web_sink(limits=limits) as sink, never_reading(sink):
        until(lambda: sink.clients() == 1)

        def publish(start: int, stop: int) -> None:
            for k in range(start, stop):
                sink.publish(make_estimate(k))
                if k % 100 == 99:
                    until(lambda due=k + 1: metric(sink, "estimates_total") == due)

        publish(0, 1000)  # fills history, outbox and buffers
        tracemalloc.start()
        try:
            publish(1000, 1100)
            before, _ = tracemalloc.get_traced_memory()
            publish(1100, 11_000)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # The history of the set grows by 40 bytes an estimate until it is full.
        assert after - before < 300_000 + 9_900 * 48
        assert sink.clients() == 1
        assert metric(sink, "web_dropped_total") > 9000


def test_publishing_never_waits_for_the_server() -> None:
    """With its loop standing still, ten thousand estimates are taken at once, and few kept."""
    with web_sink() as sink, listen(sink) as client:
        receive(client, "hello")
        loop = sink._loop
        assert loop is not None
        loop.call_soon_threadsafe(time.sleep, 1.0)
        began = time.monotonic()
        for k in range(10_000):
            sink.publish(make_estimate(k))
        assert time.monotonic() - began < 0.9
        assert len(sink._inbox) <= 480
        while receive(client, "estimate")["sequence"] != 9999:
            pass


def test_there_is_room_for_so_many_and_no_more() -> None:
    """One client too many is told so, and let in when another has gone."""
    with web_sink(limits=Limits(clients=2)) as sink, listen(sink) as first:
        receive(first, "hello")
        with listen(sink) as second:
            receive(second, "hello")
            with pytest.raises(InvalidStatus) as refused, listen(sink):
                pass
            assert refused.value.response.status_code == 503
        until(lambda: sink.clients() == 1)
        with listen(sink) as third:
            receive(third, "hello")


# Beginning and end


def test_a_server_comes_back_on_its_port_as_another_stream() -> None:
    """Closed with a client on it and opened anew at once, it serves under another name."""
    with web_sink() as sink, listen(sink) as client:
        port = sink.port
        sink.publish(make_estimate(11))
        before = receive(client, "hello")
        sink.close()
        with pytest.raises(ConnectionClosed) as closed:
            receive(client, "goodbye")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    with web_sink(port) as sink, listen(sink) as client:
        after = receive(client, "hello")
        assert after["stream"] != before["stream"]
        assert after["history"] == []


def test_it_closes_within_a_second_whoever_is_connected() -> None:
    """Neither a client that never reads nor a handshake that never ends holds it up."""
    with web_sink() as sink, listen(sink) as client, never_reading(sink):
        idle = socket.create_connection(("127.0.0.1", sink.port))
        half = socket.create_connection(("127.0.0.1", sink.port))
        half.sendall(b"GET /ws HTTP/1.1\r\nHost: ")
        receive(client, "hello")
        for k in range(2000):
            sink.publish(make_estimate(k))
        began = time.monotonic()
        sink.close()
        assert time.monotonic() - began < 1.0
        assert not sink._thread.is_alive()
        sink.close()
        sink.publish(make_estimate(1))
        sink.report(make_status())
        for raw in (idle, half):
            raw.close()
        with pytest.raises(OSError, match=r"refused|reset"):
            socket.create_connection(("127.0.0.1", sink.port), timeout=1)
