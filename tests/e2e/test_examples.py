"""The examples run, and show what the live tracker sends."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from support.browser import chromium, page_of
from support.examples import (
    EXAMPLES,
    NAMES,
    Example,
    assert_contiguous,
    copy_of,
    npm_install,
    wait_until,
)
from support.mosquitto import Mosquitto, mosquitto
from support.program import OscReceiver, Program, free_port, running
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.e2e

ESTIMATES = 6


@dataclass
class Stage:
    """A live tracker, what it sends, and the examples that listen.

    Attributes:
        sent: an OSC receiver of our own.
        port: of the page and the stream.
        osc_port: one more OSC target, with nobody listening yet.
        examples: by name.
        program: the tracker.
        broker: an MQTT broker it publishes to.
    """

    sent: OscReceiver
    port: int
    osc_port: int
    examples: dict[str, Example]
    program: Program
    broker: Mosquitto

    @property
    def stream(self) -> str:
        """Address of the WebSocket."""
        return f"ws://127.0.0.1:{self.port}/ws"

    def check(self, name: str, pattern: str = r"^mer: {name} (\S+)$") -> None:
        """Assert that an example prints what is sent."""
        self.check_printed(self.examples[name], pattern)

    def check_printed(self, example: Example, pattern: str = r"^mer: {name} (\S+)$") -> None:
        """Assert that a program prints what is sent."""

        def enough() -> bool:
            counts = [len(example.printed(name, pattern)) for name in NAMES]
            return min(counts) >= ESTIMATES or example.ended()

        wait_until(enough, 40, f"too little was printed: {example.output()[-2000:]}")
        printed = {name: example.printed(name, pattern) for name in NAMES}
        assert_contiguous(printed, self.sent, ESTIMATES)


def osc_port() -> int:
    """A free UDP port."""
    return free_port(socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """All examples that print, at once, and a tracker that plays the demo to them."""
    folder = tmp_path_factory.mktemp("examples")
    node = copy_of("node", folder)
    npm_install(node)
    ports = {name: osc_port() for name in ("chuck", "supercollider", "python", "node", "later")}
    web_port = free_port()
    stream = f"ws://127.0.0.1:{web_port}/ws"
    osc = {
        "chuck": ["chuck", "--silent", f"{EXAMPLES / 'chuck' / 'mer.ck'}:{ports['chuck']}"],
        "supercollider": [
            "sclang", "-u", ports["supercollider"], EXAMPLES / "supercollider" / "mer.scd",
        ],
        "python": [sys.executable, EXAMPLES / "python" / "osc_client.py", ports["python"]],
        "node": ["node", node / "osc_client.js", ports["node"]],
    }  # fmt: skip
    web = {
        "python websocket": [sys.executable, EXAMPLES / "python" / "websocket_client.py", stream],
        "node websocket": ["node", node / "websocket_client.js", stream],
    }
    # Qt's browser, which the help of sclang is written in, does not start as root otherwise.
    qt = {"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}
    with ExitStack() as stack:
        examples: dict[str, Example] = {}
        # Those by WebSocket, too, begin before the tracker: they are to wait for it.
        for name, command in (osc | web).items():
            place = folder / name.replace(" ", "_")
            examples[name] = Example(place, list(map(str, command)), qt)
            stack.callback(examples[name].stop)
        examples["chuck"].wait_for("mer: listening")
        examples["supercollider"].wait_for("mer: listening")
        sent = stack.enter_context(OscReceiver())
        targets = [f"127.0.0.1:{port}" for port in ports.values()]
        flags = [word for target in (sent.target, *targets) for word in ("--osc", target)]
        broker = stack.enter_context(mosquitto(folder / "mosquitto"))
        program = stack.enter_context(
            running(
                folder, "--device", "demo", "--web", f"127.0.0.1:{web_port}", *flags,
                "--mqtt", broker.url(),
                "--allow-origin", "http://127.0.0.1:5500,http://localhost:5500",
            )
        )  # fmt: skip
        sent.wait_for("/mer/arousal", 1, limit_s=60)
        yield Stage(sent, web_port, ports["later"], examples, program, broker)


@pytest.mark.parametrize("name", ["chuck", "supercollider", "python", "node"])
def test_osc_examples_print_what_is_sent(stage: Stage, name: str) -> None:
    """Every value under its name, from the first estimate on."""
    stage.check(name)


@pytest.mark.parametrize("name", ["python websocket", "node websocket"])
def test_websocket_examples_print_what_is_sent(stage: Stage, name: str) -> None:
    """Programs that were there before the tracker have found it, and have every value."""
    stage.check(name)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as ``python3 -m http.server`` does."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_p5_page_shows_what_is_sent(tmp_path: Path) -> None:
    """In Chromium, served from its own port with p5 beside it, it hears every estimate, moves
    its picture, asks nobody else for anything, and comes back after the tracker was away."""
    sketch = copy_of("p5js", tmp_path)
    npm_install(sketch, "p5@1")
    port = free_port()
    with served(sketch) as origin, OscReceiver() as sent, chromium() as browser:
        flags = ["--device", "demo", "--quiet", "--web", f"127.0.0.1:{port}", "--osc", sent.target]
        said: list[str] = []
        url = f"{origin}/?ws=ws://127.0.0.1:{port}/ws"
        with page_of(browser, url) as (page, seen):
            page.on("console", lambda message: said.append(message.text))
            with running(tmp_path, *flags, "--allow-origin", origin) as program:
                page.wait_for_function("music.estimates >= 6", timeout=60_000)
                first = page.locator("canvas").screenshot()
                page.wait_for_function("music.estimates >= 9", timeout=20_000)
                assert page.locator("canvas").screenshot() != first
                assert program.interrupt()[0] == 0
            with running(tmp_path, *flags, "--allow-origin", origin):
                page.wait_for_function("music.estimates >= 12", timeout=60_000)
            pairs = re.findall(r"^mer: arousal (\S+) valence (\S+)$", "\n".join(said), re.MULTILINE)
            assert not seen.complaints_of_its_own()
            hosts = {re.sub(r"^\w+://([^/]+).*", r"\1", address) for address in seen.addresses}
            assert hosts == {origin.removeprefix("http://"), f"127.0.0.1:{port}"}
        printed = {
            name: [float(pair[index]) for pair in pairs[:6]]
            for index, name in enumerate(("arousal", "valence"))
        }
        expected = {name: sent.values(f"/mer/{name}") for name in printed}
        for name, values in printed.items():
            start = next(
                k for k in range(len(expected["arousal"]))
                if abs(expected["arousal"][k] - printed["arousal"][0]) < 1e-6
            )  # fmt: skip
            assert values == pytest.approx(expected[name][start : start + 6], abs=1e-6)


def test_a_page_that_was_not_allowed_hears_nothing(stage: Stage, tmp_path: Path) -> None:
    """Without its origin among those allowed a page is refused."""
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            stage.stream,
            origin="http://127.0.0.1:5501",  # type: ignore[arg-type]
        ),
    ):
        pass
    assert refused.value.response.status_code == 403
    with connect(stage.stream, origin="http://localhost:5500") as client:  # type: ignore[arg-type]
        assert json.loads(client.recv(timeout=10))["type"] == "hello"


def test_node_red_has_every_value(stage: Stage, tmp_path: Path) -> None:
    """The flow, imported into Node-RED, has through the broker each value under its topic, the
    word, and that the tracker is there."""
    flow = copy_of("node-red", tmp_path, {'"port": "1883"': f'"port": "{stage.broker.port}"'})
    npm_install(tmp_path, "node-red@4")
    red = tmp_path / "node_modules" / "node-red" / "red.js"
    command = ["node", red, "-u", tmp_path / "user", "-p", str(free_port()), flow / "flow.json"]
    example = Example(tmp_path / "home", command)
    try:
        stage.check_printed(example, r"topic: 'mer/{name}',\s+payload: ([-\d.e]+)")
        assert re.search(r"topic: 'mer/mood',\s+payload: '[a-z]+'", example.output())
        assert re.search(r"topic: 'mer/online',\s+payload: true", example.output())
    finally:
        example.stop()


LISTENER = """
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

public static class Listener
{
    public static void Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var socket = new UdpClient(int.Parse(arguments[0]));
        var sender = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            byte[] packet = socket.Receive(ref sender);
            var messages = new List<OscMessage>();
            try { OscMessage.Read(packet, 0, packet.Length, messages); }
            catch (FormatException error) { Console.WriteLine("refused: " + error.Message); }
            foreach (var message in messages)
            {
                string value = Convert.ToString(message.Values[0], CultureInfo.InvariantCulture);
                Console.WriteLine("mer: {0} {1}", message.Address.Substring(5), value);
            }
        }
    }
}
"""


def test_unitys_part_reads_osc(stage: Stage, tmp_path: Path) -> None:
    """What the component reads OSC with compiles, and reads messages, bundles and nonsense."""
    (tmp_path / "Listener.cs").write_text(LISTENER)
    program = tmp_path / "listener.exe"
    sources = [tmp_path / "Listener.cs", EXAMPLES / "unity" / "OscMessage.cs"]
    subprocess.run(["mcs", f"-out:{program}", *map(str, sources)], check=True, timeout=60)
    example = Example(tmp_path / "home", ["mono", program, str(stage.osc_port)])
    try:
        stage.check_printed(example)
        bundle = OscBundleBuilder(IMMEDIATELY)  # type: ignore[arg-type]
        for name, value in (("/mer/one", 1.5), ("/mer/two", 7)):
            builder = OscMessageBuilder(name)
            builder.add_arg(value)
            bundle.add_content(builder.build())  # type: ignore[arg-type]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            nonsense = [b"", b"/", b"#bundle\0", b"/mer/x\0\0,f\0\0\0", b"\xff" * 40]
            nonsense.append(b"/a\0\0,s\0\0b")
            for packet in (*nonsense, bundle.build().dgram):
                out.sendto(packet, ("127.0.0.1", stage.osc_port))
        example.wait_for("mer: two 7")
        assert "mer: one 1.5\n" in example.output()
        assert example.output().count("refused: ") >= 4
        assert not example.ended()
    finally:
        example.stop()


UNITY = """
using System;
using System.Globalization;
using System.Reflection;
using System.Threading;
using UnityEngine;

namespace UnityEngine
{
    public class MonoBehaviour { }
    public class TooltipAttribute : Attribute { public TooltipAttribute(string text) { } }
    public static class Time { public static float deltaTime = 0.02f; }
    public static class Mathf { public static float Exp(float x) { return (float)Math.Exp(x); } }
}

public static class Player
{
    static void Call(MerReceiver component, string name)
    {
        var flags = BindingFlags.Instance | BindingFlags.NonPublic;
        typeof(MerReceiver).GetMethod(name, flags).Invoke(component, null);
    }

    public static void Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var mer = new MerReceiver { port = int.Parse(arguments[0]) };
        Call(mer, "OnEnable");
        for (int frame = 0; frame < 200; frame++)
        {
            Thread.Sleep(20);
            Call(mer, "Update");
            Console.WriteLine("{0} {1} {2}", mer.Arousal, mer.Valence, mer.Active);
        }
        Call(mer, "OnDisable");
    }
}
"""


def test_unitys_component_has_the_latest_values(stage: Stage, tmp_path: Path) -> None:
    """Compiled against what it uses of Unity, and called as Unity does, the component has at
    each frame the values of the last estimate."""
    (tmp_path / "Unity.cs").write_text(UNITY)
    program = tmp_path / "player.exe"
    own = [EXAMPLES / "unity" / name for name in ("MerReceiver.cs", "OscMessage.cs")]
    sources = list(map(str, [tmp_path / "Unity.cs", *own]))
    subprocess.run(["mcs", f"-out:{program}", *sources], check=True, timeout=60)
    example = Example(tmp_path / "home", ["mono", program, str(stage.osc_port)])
    try:
        wait_until(example.ended, 40, "200 frames did not pass")
    finally:
        example.stop()
    frames = [line.split() for line in example.output().splitlines()]
    assert len(frames) == 200
    seen = [(float(a), float(v)) for a, v, active in frames if active == "True"]
    sent = list(
        zip(stage.sent.values("/mer/arousal"), stage.sent.values("/mer/valence"), strict=False)
    )
    known = [
        pair
        for pair in dict.fromkeys(seen)
        if any(pair == pytest.approx(each, abs=1e-6) for each in sent)
    ]
    assert len(known) >= 5
    # A frame may fall between the messages of an estimate; no two in a row do.
    assert len(known) >= len(dict.fromkeys(seen)) - 3


def shell_lines() -> list[str]:
    """The lines of the README of curl and friends."""
    text = (EXAMPLES / "shell" / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("line", [line for line in shell_lines() if line.startswith("curl")])
def test_curl_is_answered(stage: Stage, line: str) -> None:
    """Each line with curl, in a shell, prints what it is said to."""
    stage.sent.wait_for("/mer/arousal", 2, limit_s=60)
    line = line.replace("127.0.0.1:8765", f"127.0.0.1:{stage.port}")
    result = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, check=True, timeout=20
    )
    if "healthz" in line:
        assert json.loads(result.stdout)["ok"] is True
    else:
        value = re.search(r"^realtime_mer_arousal (\S+)$", result.stdout, re.MULTILINE)
        assert value is not None
        shown = float(value[1])
        assert min(abs(shown - sent) for sent in stage.sent.values("/mer/arousal")) < 1e-5


def test_the_packages_own_client_prints_the_stream(stage: Stage) -> None:
    """``python -m websockets`` shows hello and the messages after it."""
    (line,) = (line for line in shell_lines() if line.startswith("python -m websockets"))
    words = shlex.split(line.replace("127.0.0.1:8765", f"127.0.0.1:{stage.port}"))
    process = subprocess.Popen(
        [sys.executable, *words[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        shown = b""
        while b'"type":"estimate"' not in shown.replace(b'"history"', b"", 1).split(b"status")[-1]:
            piece = process.stdout.read1(65536)  # type: ignore[attr-defined]
            assert piece, shown
            shown += piece
        assert b'"type":"hello"' in shown
    finally:
        process.kill()
        process.wait(10)


def test_oscdump_prints_what_is_sent(stage: Stage, tmp_path: Path) -> None:
    """The line with oscdump shows every value, on the port the tracker sends to by default."""
    (line,) = (line for line in shell_lines() if line.startswith("oscdump"))
    assert line == "oscdump 9000"
    command = ["stdbuf", "-oL", *line.replace("9000", str(stage.osc_port)).split()]
    example = Example(tmp_path / "home", command)
    try:
        stage.check_printed(example, r"/mer/{name} [fi] (\S+)$")
    finally:
        example.stop()
