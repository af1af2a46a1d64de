"""OSCQuery of a tracker that runs: found, walked, listened to and controlled from outside."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.udp_client import SimpleUDPClient
from support.examples import npm_install
from support.program import OscReceiver, free_port, running
from support.zeroconf import KINDS, Browser
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.e2e

LIMIT_S = 30.0
OSC_JSON, OSC_UDP = KINDS

SHOW = """\
osc = "{target}"
web = "127.0.0.1:{port}"

[[route]]
address = "/composition/layers/1/video/opacity"
source = "arousal"

[[route]]
address = "/wek/inputs"
source = ["arousal", "valence", "level"]
out = [[-1, 1], [-1, 1], [0, 1]]

[[route]]
address = "/scene"
source = ["mood", "mood:joyful"]
before = ["now", 7, 0.5]

[[route]]
address = "/light"
source = "arousal"
out = [255, 0]
type = "integer"

[[cue]]
mood = ["happy", "joyful", "energetic", "tense", "gloomy", "sad", "quiet", "calm", "neutral"]
address = "/cue/12/go"
arguments = ["now", 1]
"""


FIND_JS = """\
const { OSCQueryDiscovery } = require("oscquery");
const port = Number(process.argv[2]);
const discovery = new OSCQueryDiscovery();
discovery.on("up", (service) => {
  if (service.port !== port) return;
  console.log(JSON.stringify(service.hostInfo));
  for (const node of service.flat()) {
    if (!node.arguments) continue;
    const { full_path: path, access, arguments: given } = node;
    console.log(JSON.stringify({ path, access, arguments: given }));
  }
  discovery.stop();
  process.exit(0);
});
discovery.start();
setTimeout(() => process.exit(1), 30000);
"""


class Udp:
    """A UDP port that keeps every datagram as it came."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.packets: list[bytes] = []
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def __enter__(self) -> Udp:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self._socket.getsockname())  # wakes the thread for the last time
        self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while packet := self._socket.recv(65_536):
            self.packets.append(packet)


def wait_until(condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def get(port: int, path: str) -> tuple[int, Any]:
    """GET as a program does; the status, and JSON where there is any."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=LIMIT_S) as answer:
            body = answer.read()
            return answer.status, json.loads(body) if body else None
    except urllib.error.HTTPError as error:
        return error.code, None


def wait_for_tree(port: int) -> Any:
    """The whole tree, once the tracker runs and has sent something."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            status, tree = get(port, "/")
            if status == 200 and "VALUE" in tree["CONTENTS"]["mer"]["CONTENTS"]["status"]:
                return tree
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.1)
    raise AssertionError("no tree in time")


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A node and all below it."""
    return [node, *(each for inner in node.get("CONTENTS", {}).values() for each in nodes(inner))]


def type_tags(packet: bytes) -> str:
    """The type tags as they stand in a message."""
    begin = packet.index(b",", packet.index(0)) + 1
    return packet[begin : packet.index(0, begin)].decode()


def listen(client: ClientConnection, *addresses: str) -> None:
    """Begin to listen to addresses."""
    for address in addresses:
        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": address}))


def write_show(folder: Path, target: str) -> tuple[Path, int]:
    """A configuration with routes and a cue; its path and the port of its page."""
    port = free_port()
    show = folder / "show.toml"
    show.write_text(SHOW.format(target=target, port=port))
    return show, port


def test_a_walk_of_every_node_agrees_with_what_udp_hears(tmp_path: Path) -> None:
    """Each node answers at its own path, and has the types of the messages that really come."""
    with Udp() as udp:
        show, port = write_show(tmp_path, udp.target)
        arguments = ["--config", str(show), "--device", "demo", "--no-announce"]
        arguments += ["--control", str(free_port(socket.SOCK_DGRAM))]
        with running(tmp_path, *arguments):
            wait_for_tree(port)
            wait_until(lambda: any(b"/cue/12/go\0" in packet for packet in udp.packets))
            wait_until(lambda: any(b"/mer/mood\0" in packet for packet in udp.packets))
            heard = {OscMessage(packet).address: type_tags(packet) for packet in udp.packets}
            _, tree = get(port, "/")
            described = {}
            for node in nodes(tree):
                status, alone = get(port, node["FULL_PATH"])
                assert status == 200
                for name in ("FULL_PATH", "TYPE", "ACCESS", "RANGE", "DESCRIPTION"):
                    assert alone.get(name) == node.get(name)
                    expected = {name: node[name]} if name in node else {}
                    assert get(port, f"{node['FULL_PATH']}?{name}") == (200, expected)
                status, value = get(port, f"{node['FULL_PATH']}?VALUE")
                if "TYPE" in node and node["ACCESS"] & 1:
                    assert status == 200
                    assert len(value["VALUE"]) == len(node["TYPE"])
                    described[node["FULL_PATH"]] = node["TYPE"]
                else:
                    assert (status, value) == (204, None)
        assert described == heard
        assert len(heard) == 8 + 3 + 4 + 1  # standard, set by hand, routes, the cue


def test_listening_at_60_hz_is_what_udp_hears(tmp_path: Path) -> None:
    """Of every address, byte for byte and without a gap, from the first message on."""
    with Udp() as udp:
        show, port = write_show(tmp_path, udp.target)
        arguments = ["--config", str(show), "--device", "demo", "--osc-rate", "60"]
        with running(tmp_path, *arguments, "--no-announce"):
            tree = wait_for_tree(port)
            addresses = {node["FULL_PATH"] for node in nodes(tree) if node.get("ACCESS") == 1}
            with connect(f"ws://127.0.0.1:{port}/", compression=None) as client:
                listen(client, *sorted(addresses))
                heard: dict[str, list[bytes]] = defaultdict(list)
                deadline = time.monotonic() + 5.0
                while time.monotonic() < deadline:
                    packet = client.recv(timeout=LIMIT_S)
                    assert isinstance(packet, bytes)
                    heard[OscMessage(packet).address].append(packet)
        sent: dict[str, list[bytes]] = defaultdict(list)
        for packet in udp.packets:
            sent[OscMessage(packet).address].append(packet)
    counts = {}
    for address, packets in heard.items():
        text, whole = b"|".join(packets), b"|".join(sent[address])
        assert text in whole, address
        counts[address] = len(packets)
    print(f"heard in 5 s: {counts}")
    assert counts["/mer/arousal"] > 150  # 300, but for a machine that is busy
    assert counts["/wek/inputs"] > 150
    assert set(heard) >= {"/mer/status", "/mer/frozen", "/mer/av", "/light", "/scene"}


def test_a_program_on_the_network_finds_and_plays_it(tmp_path: Path) -> None:
    """By Zeroconf alone: the tree, its values, its control; taken back when it ends."""
    web_port, control_port = free_port(), free_port(socket.SOCK_DGRAM)
    arguments = ["--device", "demo", "--no-osc", "--web", f"127.0.0.1:{web_port}"]
    arguments += ["--control", str(control_port)]
    with Browser() as browser, running(tmp_path, *arguments) as program:
        found = browser.wait_for_port(OSC_JSON, web_port)
        assert found.name.startswith("realtime-mer on ")
        (address,) = found.parsed_addresses()
        assert found.port is not None
        status, info = get(found.port, "/?HOST_INFO")
        assert status == 200
        assert (info["OSC_PORT"], info["OSC_TRANSPORT"]) == (control_port, "UDP")
        assert info["EXTENSIONS"]["LISTEN"] is True
        control = browser.wait_for_port(OSC_UDP, control_port)
        with connect(f"ws://{address}:{found.port}/", compression=None) as client:
            listen(client, "/mer/frozen")

            def frozen() -> int:
                packet = client.recv(timeout=LIMIT_S)
                assert isinstance(packet, bytes)
                return int(OscMessage(packet).params[0])

            assert frozen() == 0
            assert control.port is not None
            SimpleUDPClient(control.parsed_addresses()[0], control.port).send_message(
                "/mer/freeze", True
            )
            wait_until(lambda: frozen() == 1)
            client.send(b"/mer/freeze\0,F\0\0")  # the same over the WebSocket, in binary
            wait_until(lambda: frozen() == 0)
        code, seconds = program.interrupt()
        assert code == 0
        assert seconds < 5.0
        wait_until(lambda: not browser.sees(OSC_JSON, web_port), limit_s=5.0)
        wait_until(lambda: not browser.sees(OSC_UDP, control_port), limit_s=5.0)
        assert "announced" not in program.errors()


def test_routes_that_are_changed_on_the_page_are_in_the_tree(tmp_path: Path) -> None:
    """Listeners are told, the tree has the new one and not the old, and it is heard."""
    with Udp() as udp:
        show, port = write_show(tmp_path, udp.target)
        arguments = ["--config", str(show), "--device", "demo", "--no-announce"]
        with running(tmp_path, *arguments):
            wait_for_tree(port)
            assert get(port, "/wek/inputs?TYPE") == (200, {"TYPE": "fff"})
            with (
                connect(f"ws://127.0.0.1:{port}/", compression=None) as client,
                connect(f"ws://127.0.0.1:{port}/ws", compression=None) as page,
            ):
                listen(client, "/wek/inputs")
                assert isinstance(client.recv(timeout=LIMIT_S), bytes)
                routes = [
                    {"address": "/new", "source": "mood"},
                    {"address": "/off", "source": "arousal", "on": False},
                ]
                page.send(json.dumps({"type": "set_routes", "routes": routes, "id": 1}))
                said = client.recv(timeout=LIMIT_S)
                while isinstance(said, bytes):
                    said = client.recv(timeout=LIMIT_S)
                assert json.loads(said) == {"COMMAND": "PATH_CHANGED", "DATA": "/"}
                assert get(port, "/new?TYPE") == (200, {"TYPE": "s"})
                assert get(port, "/wek/inputs")[0] == get(port, "/off")[0] == 404
                wait_until(lambda: any(each.startswith(b"/new\0") for each in udp.packets))


def test_a_client_that_is_not_ours_finds_and_reads_it(tmp_path: Path) -> None:
    """The package oscquery of the npm registry: its discovery, its reading of types and ranges."""
    npm_install(tmp_path, "oscquery@1.1.1")
    (tmp_path / "find.js").write_text(FIND_JS)
    web_port, control_port = free_port(), free_port(socket.SOCK_DGRAM)
    arguments = ["--device", "demo", "--no-osc", "--web", f"127.0.0.1:{web_port}"]
    with running(tmp_path, *arguments, "--control", str(control_port)):
        wait_for_tree(web_port)
        done = subprocess.run(
            ["node", "find.js", str(web_port)],
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    host, *found = map(json.loads, done.stdout.splitlines())
    assert (host["oscPort"], host["wsPort"]) == (control_port, web_port)
    methods = {each["path"]: each for each in found}
    assert methods["/mer/arousal"]["arguments"][0]["range"] == {"min": -1, "max": 1}
    assert -1 <= methods["/mer/arousal"]["arguments"][0]["value"] <= 1
    assert [each["type"] for each in methods["/mer/status"]["arguments"]] == list("ifif")
    assert "joyful" in methods["/mer/mood"]["arguments"][0]["range"]["vals"]
    assert (methods["/mer/mood"]["access"], methods["/mer/gain"]["access"]) == (1, 2)


def test_no_announce_announces_nothing(tmp_path: Path) -> None:
    """While it runs long enough to have been found, it is not; the tree is served all the same."""
    port = free_port()
    with OscReceiver() as receiver, Browser() as browser:
        arguments = ["--device", "demo", "--osc", receiver.target, "--no-announce"]
        with running(tmp_path, *arguments, "--web", f"127.0.0.1:{port}"):
            receiver.wait_for("/mer/arousal", 12, LIMIT_S)  # six seconds; the others took three
            assert not browser.sees(OSC_JSON, port)
            assert get(port, "/mer/arousal?TYPE") == (200, {"TYPE": "f"})
