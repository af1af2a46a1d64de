"""Fuzzes the page's port, from bytes to the levers: ``python -m soaks.fuzz_web``.

The first byte chooses the way in: a request, frames, a message of the stream, or one of OSCQuery.
What may be raised is nothing, and every answer has to be one of the protocol's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from soaks.fuzzing import fuzz, watch_imports

with watch_imports():  # type: ignore[attr-defined]
    from realtime_mer.desk.routes import RouteBook
    from realtime_mer.oscquery.host import QueryHost
    from realtime_mer.oscquery.space import address_space
    from realtime_mer.sinks.web import commands, protocol
    from realtime_mer.sinks.web.access import Gate
    from realtime_mer.sinks.web.clients import Limits
    from realtime_mer.sinks.web.commands import COMMANDS
    from realtime_mer.sinks.web.downloads import Downloads
    from realtime_mer.sinks.web.history import History
    from realtime_mer.sinks.web.journal import Journal
    from realtime_mer.sinks.web.metrics import Counters
    from realtime_mer.sinks.web.osc_listeners import OscListeners
    from realtime_mer.sinks.web.requests import Requests

from realtime_mer.control_osc import OscControl
from realtime_mer.errors import UserError
from soaks.frames import BINARY, CLOSE, PING, TEXT, frame
from soaks.fuzz_control import check, make_controls
from tests.support.web import hello

HERE = "127.0.0.1"
ROUTE = {"address": "/one", "source": "arousal", "in": [-1, 1], "out": [0, 1], "rise": 0.3}
SAID = [
    '{"type":"ping","id":7}', '{"type":"freeze","on":true}', '{"type":"gain","gain_db":6}',
    '{"type":"calibrate","seconds":60,"name":"x"}', '{"type":"mark","label":"chorus"}',
    '{"type":"calibration","use":"tuesday"}', '{"type":"meters","on":true}', '{"type":"routes"}',
    json.dumps({"type": "set_routes", "routes": [ROUTE], "revision": 0}),
]  # fmt: skip
ASKED = ["/", "/ws", "/mer/arousal?VALUE", "/?HOST_INFO", "/metrics?token=word", "/history.csv",
         "/%2e%2e/etc/passwd", "/..%5capp.js", "/app.js"]  # fmt: skip
SEEDS = [
    *(b"\0GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n\r\n" % path.encode()
      for path in ASKED),
    *(b"\1" + frame(kind, b'{"type":"ping"}') for kind in (TEXT, BINARY, PING)),
    b"\1" + frame(CLOSE, b"\x03\xe8"),
    *(b"\2" + said.encode() for said in SAID),
    b'\3{"COMMAND":"LISTEN","DATA":"/mer/arousal"}',
    b"\3/mer/freeze\0,i\0\0\0\0\0\1",
]  # fmt: skip
WORDS = [
    *COMMANDS, *(key for keys, _ in COMMANDS.values() for key in keys), "COMMAND", "LISTEN", "DATA",
    "Host: ", "Origin: ", "Authorization: Bearer ", "Upgrade: websocket", "Connection: Upgrade",
    "token=", "null", "true", "1e999", "NaN", "\\u0000", "%2e%2e", "%252e", "..", "type", "id",
]  # fmt: skip


class Port:
    """Everything behind the page's port but the sockets."""

    def __init__(self, folder: Path) -> None:
        self.controls = make_controls(folder)
        self.control = OscControl(HERE, 0, self.controls)
        dimensions = ("arousal", "valence")
        self.routes = RouteBook((), dimensions)
        query = QueryHost("fuzz", address_space(dimensions, control_in=True))
        self.counters = Counters()
        self.listeners = OscListeners(query, Limits(), self.counters, self.control.take)
        self.listener = self.listeners.add(SimpleNamespace())  # type: ignore[arg-type]
        self.requests = Requests(
            Journal(hello(), time.monotonic()), self.counters, Gate(HERE, "word"),
            Downloads(History()), query, lambda: False,
        )  # fmt: skip
        self.connection: Any = SimpleNamespace(remote_address=(HERE, 1), local_address=(HERE, 2))

    def one(self, data: bytes) -> None:
        """Try one input by the way its first byte names."""
        ways = (self.request, self.frames, self.message, self.listening)
        if data:
            ways[data[0] % len(ways)](data[1:])
            check(self.controls)

    def request(self, data: bytes) -> None:
        """A request over HTTP."""
        server = ServerProtocol()
        server.receive_data(data)
        for event in server.events_received():
            if isinstance(event, Frame):  # that came with the request, before its answer
                continue
            assert isinstance(event, Request)
            answer = self.requests.answer(self.connection, event)
            if isinstance(answer, Awaitable):
                assert asyncio.iscoroutine(answer)
                answer.close()
            elif answer is None:
                server.accept(event)
            else:
                assert 200 <= answer.status_code < 600
                assert "Content-Security-Policy" in answer.headers
        assert server.handshake_exc is None or isinstance(server.handshake_exc, Exception)

    def frames(self, data: bytes) -> None:
        """Frames on an open connection; text goes on as a message."""
        server = ServerProtocol(max_size=protocol.MAX_COMMAND_BYTES, state=State.OPEN)
        server.receive_data(data)
        for event in server.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self.message(bytes(event.data))

    def message(self, data: bytes) -> None:
        """A message of the stream, done as the desk does."""
        try:
            asked = protocol.parse(data.decode("utf-8", "replace"))
            answer = protocol.pong_message(asked.id)
            if isinstance(asked, protocol.Request):
                answer = protocol.done_message(asked.id, self.perform(asked.command))
        except protocol.Refused as refused:
            answer = protocol.error_message(str(refused), refused.id)
        except UserError as error:
            answer = protocol.error_message(str(error), None, getattr(error, "problems", ()))
        assert json.loads(answer)["type"] in ("pong", "done", "error")

    def perform(self, command: commands.Command) -> dict[str, object]:
        """Pull a lever or set routes; devices and files are left alone."""
        match command:
            case commands.Freeze(on):
                self.controls.freeze(on)
            case commands.Gain(gain_db):
                self.controls.set_gain(gain_db)
            case commands.Calibrate(seconds, name):
                self.controls.calibrate(120.0 if seconds is None else seconds, name)
            case commands.UseCalibration(name):
                self.controls.use_calibration(name)
            case commands.MarkMoment(label):
                self.controls.mark(label)
            case commands.SetRoutes(tables, revision):
                self.routes.set(tables, revision)
                return dict(self.routes.said())
        return {}

    def listening(self, data: bytes) -> None:
        """A message of OSCQuery: text where it can be, else OSC."""
        try:
            said: str | bytes = data.decode("ascii")
        except UnicodeDecodeError:
            said = data
        self.listeners.obey(self.listener, said, HERE)
        while (answer := self.listener.outbox.take()) is not None:
            assert json.loads(answer)["COMMAND"] == "ERROR"


def main() -> None:
    """Try inputs for some seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        fuzz(Port(Path(folder)).one, SEEDS, WORDS, arguments.seconds)


if __name__ == "__main__":
    main()
