"""Commands through real sockets: who is obeyed, and what everybody is told."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from support.estimates import make_estimate
from support.web import LIMIT_S, listen, metric, never_reading, receive, until, web_sink
from websockets.exceptions import ConnectionClosed

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.sinks.web import commands
from realtime_mer.sinks.web.commanding import MOST_WAITING


class Notes:
    """A desk that writes down what it is asked, and complains of one thing."""

    def __init__(self) -> None:
        self.asked: list[commands.Command] = []
        self.go = threading.Event()
        self.go.set()

    def perform(self, command: commands.Command) -> Mapping[str, object]:
        """Write it down."""
        self.go.wait(LIMIT_S)
        self.asked.append(command)
        if isinstance(command, commands.Gain):
            raise UserError("Too loud: choose less.")
        if isinstance(command, commands.Reset):
            raise RuntimeError("a slip")
        return {"devices": ["one"]} if isinstance(command, commands.ListDevices) else {}

    def meters(self, estimate: Estimate) -> list[tuple[list[float], list[float]]]:
        """One route that doubles."""
        return [([estimate.arousal], [2 * estimate.arousal])]


def ask(client: Any, text: str, wanted: str) -> dict[str, Any]:
    """Send a command and return the answer of a kind."""
    client.send(text)
    return receive(client, wanted)


def test_commands_are_done_and_answered_by_their_id() -> None:
    """What is asked reaches the desk; result, sentence and id come back; a slip ends nothing."""
    desk = Notes()
    with web_sink(desk=desk) as sink, listen(sink) as client:
        assert receive(client, "hello")["may_command"] is True
        done = ask(client, '{"type": "devices", "id": "a"}', "done")
        assert (done["id"], done["devices"]) == ("a", ["one"])
        error = ask(client, '{"type": "gain", "gain_db": 50, "id": 2}', "error")
        assert (error["id"], error["message"]) == (2, "Too loud: choose less.")
        assert "unexpected" in ask(client, '{"type": "reset", "id": 3}', "error")["message"]
        assert ask(client, '{"type": "save", "id": 4}', "done")["id"] == 4
        assert ask(client, '{"type": "fly", "id": 5}', "error")["id"] == 5
        assert metric(sink, "web_commands_total") == 4
        assert metric(sink, "web_misunderstood_total") == 3
    assert [type(each).__name__ for each in desk.asked] == ["ListDevices", "Gain", "Reset", "Save"]


@pytest.mark.parametrize(
    ("options", "origin", "headers"),
    [
        ({"origins": ["http://localhost:5500"]}, "http://localhost:5500", {}),
        ({}, None, {"X-Forwarded-For": "203.0.113.9"}),
        ({"host": "0.0.0.0", "insecure": True}, None, {"Host": "stage.lan"}),
    ],
)
def test_a_watcher_without_the_right_is_refused(
    options: dict[str, Any], origin: str | None, headers: dict[str, str]
) -> None:
    """Another page, somebody behind a proxy, a name from the network: they watch, no more."""
    desk = Notes()
    with web_sink(desk=desk, **options) as sink:
        url = f"ws://127.0.0.1:{sink.port}/ws"
        from websockets.sync.client import connect

        host = headers.pop("Host", None)
        if host:  # the name that the request is for, over a connection to this machine
            import socket

            url = f"ws://{host}:{sink.port}/ws"
            raw = socket.create_connection(("127.0.0.1", sink.port))
            connection = connect(url, compression=None, sock=raw)
        else:
            connection = connect(
                url,
                compression=None,
                origin=origin,
                additional_headers=headers,  # type: ignore[arg-type]
            )
        with connection as client:
            assert receive(client, "hello")["may_command"] is False
            error = ask(client, '{"type": "freeze", "on": true, "id": 1}', "error")
            assert "only watch" in error["message"]
            assert metric(sink, "web_misunderstood_total") == 1
            with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012
                client.send('{"type": "set_routes", "routes": []}' + " " * 2000)
                while True:
                    client.recv(timeout=LIMIT_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
    assert desk.asked == []


def test_the_token_gives_the_right_anywhere() -> None:
    """On a network with a token, who knows it may command, and long messages are read."""
    desk = Notes()
    with (
        web_sink(desk=desk, host="0.0.0.0", token="sesame") as sink,
        listen(sink, "?token=sesame") as client,
    ):
        assert receive(client, "hello")["may_command"] is True
        ask(client, '{"type": "set_routes", "routes": [], "id": 1}' + " " * 5000, "done")
    assert desk.asked == [commands.SetRoutes((), None)]


def test_without_a_desk_nothing_can_be_set() -> None:
    """A replay has no levers, and says so."""
    with web_sink() as sink, listen(sink) as client:
        assert receive(client, "hello")["may_command"] is False
        assert "no live run" in ask(client, '{"type": "save"}', "error")["message"]


def test_meters_go_to_whoever_asked() -> None:
    """Values of routes come with each estimate to one client and not to another, until stopped."""
    with web_sink(desk=Notes()) as sink, listen(sink) as one, listen(sink) as other:
        ask(one, '{"type": "meters", "on": true}', "done")
        sink.publish(make_estimate(3))
        meters = receive(one, "meters")
        assert meters["sequence"] == 3
        (before, after) = meters["routes"][0]
        assert after == pytest.approx([2 * before[0]], rel=1e-6)
        ask(one, '{"type": "meters", "on": false}', "done")
        sink.publish(make_estimate(4))
        for client in (one, other):
            types = []
            with pytest.raises(TimeoutError):  # noqa: PT012
                while True:
                    types.append(client.recv(timeout=0.3))
            assert not any('"meters"' in text for text in types)


def test_a_desk_that_is_slow_is_not_buried() -> None:
    """So many commands wait; what comes on top is told so at once, and the stream goes on."""
    desk = Notes()
    desk.go.clear()
    with web_sink(desk=desk) as sink, listen(sink) as client:
        for number in range(MOST_WAITING + 2):
            client.send(f'{{"type": "mark", "id": {number}}}')
        assert "at once" in receive(client, "error")["message"]
        sink.publish(make_estimate(0))
        assert receive(client, "estimate")["sequence"] == 0
        desk.go.set()
        until(lambda: len(desk.asked) >= MOST_WAITING)  # one more where it was begun in time


@pytest.mark.parametrize("opcode", [0x9, 0xA, 0x1])
def test_who_may_command_cannot_keep_others_waiting_with_nothing(opcode: int) -> None:
    """A hundred kilobytes of empty frames are within its bytes; few of them are looked at."""
    with web_sink(desk=Notes()) as sink, never_reading(sink) as raw:
        until(lambda: sink.clients() == 1)
        raw.sendall(bytes([0x80 | opcode, 0x80, 1, 2, 3, 4]) * 16_000)
        said = b""
        with suppress(ConnectionResetError):
            while piece := raw.recv(65536):
                said += piece
        assert b"too much at once" in said
        assert said.count(b"\x8a\x00") < 400
        assert metric(sink, "web_flooded_total") == 1
