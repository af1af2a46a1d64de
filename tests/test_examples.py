"""Examples that cannot all be run here: what they listen to is what is sent."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from pythonosc.osc_message import OscMessage
from support.estimates import make_estimate, make_status

from realtime_mer.cli import build_parser
from realtime_mer.config.merge import load_settings
from realtime_mer.settings import Settings, setting_fields
from realtime_mer.sinks.mqtt_messages import (
    estimate_messages as estimate_messages_by_mqtt,
)
from realtime_mer.sinks.osc_standard import estimate_messages, status_message

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())

SENT = {OscMessage(packet).address for packet in estimate_messages(make_estimate())} | {
    OscMessage(status_message(make_status())).address
}
TAKEN = {"/mer/reset", "/mer/freeze", "/mer/calibrate", "/mer/mark"}
"""Addresses of the control in, which the README of Max shows."""

LISTENS = {
    "puredata": ("mer.pd", r"netreceive -u -b (\d+)"),
    "supercollider": ("README.md", r"listens on port (\d+)"),  # the language's own, 57120
    "chuck": ("mer.ck", r"^(\d+) => int port"),
    "processing": ("mer/mer.pde", r"new OscP5\(this, (\d+)\)"),
    "max": ("README.md", r"udpreceive (\d+)"),
    "touchdesigner": ("README.md", r"\*Network Port\* `(\d+)`"),
    "unity": ("MerReceiver.cs", r"public int port = (\d+);"),
    "python": ("osc_client.py", r"else (\d+)\n"),
    "node": ("osc_client.js", r"process\.argv\[2\] \?\? (\d+)"),
}
"""Where each example names its OSC port."""

STREAMS = {
    "p5js": "sketch.js",
    "python": "websocket_client.py",
    "node": "websocket_client.js",
    "node-red": "README.md",
    "shell": "README.md",
}
"""Where each example names the WebSocket."""


def text_of(folder: str) -> str:
    """All of an example."""
    files = sorted(path for path in (EXAMPLES / folder).rglob("*.*") if path.is_file())
    return "\n".join(path.read_text() for path in files if not {"node_modules"} & set(path.parts))


def commands(folder: str) -> list[list[str]]:
    """The lines of a README that start the tracker, as words."""
    text = (EXAMPLES / folder / "README.md").read_text()
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [
        shlex.split(line, comments=True)[1:] for line in lines if line.startswith("realtime-mer")
    ]


def settings_of(words: list[str]) -> Settings:
    """What the tracker would do with these words."""
    given = vars(build_parser().parse_args(words))
    return load_settings({name: given[name] for name in setting_fields() if name in given}, {})


def test_each_example_has_a_readme_and_is_listed() -> None:
    """Nobody has to guess what a folder is, and the index has them all."""
    index = (EXAMPLES / "README.md").read_text()
    for folder in FOLDERS:
        assert (EXAMPLES / folder / "README.md").is_file()
        assert f"[{folder}]({folder}/)" in index
    assert len(FOLDERS) >= 12


@pytest.mark.parametrize("folder", LISTENS)
def test_the_port_is_the_one_that_is_sent_to(folder: str) -> None:
    """The first command of each README sends where the example listens, and so does the index."""
    file, pattern = LISTENS[folder]
    match = re.search(pattern, (EXAMPLES / folder / file).read_text(), re.MULTILINE)
    assert match is not None
    port = int(match[1])
    settings = settings_of(commands(folder)[0])
    assert settings.osc == (("127.0.0.1", port),)
    assert settings.standard
    assert f"| OSC, port {port}" in next(
        line
        for line in (EXAMPLES / "README.md").read_text().splitlines()
        if f"]({folder}/)" in line
    )


@pytest.mark.parametrize("folder", STREAMS)
def test_the_stream_is_where_it_is_served(folder: str) -> None:
    """Every WebSocket address of this machine is the tracker's own."""
    host, port = Settings().web or ("", 0)
    text = (EXAMPLES / folder / STREAMS[folder]).read_text()
    addresses = re.findall(r"wss?://127\.0\.0\.1[^\s\"'`|)\]]*", text)
    assert addresses
    assert set(addresses) == {f"ws://{host}:{port}/ws"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_address_is_one_that_is_sent(folder: str) -> None:
    """No example waits for a message that never comes."""
    text = text_of(folder)
    found = set(re.findall(r"(?<![\w/.-])/mer/[a-z_]+", text))
    found |= {f"/{name}" for name in re.findall(r"(?<![\w/.-])mer/[a-z_]+(?![\w.])", text)}
    if folder == "processing":
        found -= {"/mer/mer"}  # a path of its own
    if folder == "node-red":
        topics = {*estimate_messages_by_mqtt(make_estimate()), "online", "status"}
        assert found <= {f"/mer/{topic}" for topic in topics}
        return
    if folder in LISTENS and folder not in ("python", "node", "supercollider", "puredata"):
        assert {"/mer/arousal", "/mer/valence"} <= found
    assert found <= SENT | TAKEN


@pytest.mark.parametrize("folder", ["supercollider", "puredata"])
def test_values_by_name_are_those_that_are_sent(folder: str) -> None:
    """Where names stand without their addresses, they are names of values."""
    pattern = {
        "supercollider": r"^\[(.*)\]\.do",
        "puredata": r"route (arousal [a-z_ ]+);",
    }[folder]
    match = re.search(pattern, text_of(folder), re.MULTILINE)
    assert match is not None
    names = re.findall(r"[a-z_]+", match[1])
    assert len(names) >= 2
    assert {f"/mer/{name}" for name in names} <= SENT


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_command_of_a_readme_is_understood(folder: str) -> None:
    """What a person copies from a README starts the tracker without a complaint."""
    for words in commands(folder):
        assert isinstance(settings_of(words), Settings)
    inline = re.findall(r"`realtime-mer ([^`\n]*)`", (EXAMPLES / folder / "README.md").read_text())
    for line in inline:
        assert isinstance(settings_of(shlex.split(line)), Settings)


def test_the_node_red_flow_is_wired() -> None:
    """Every wire ends at a node that is there, and only nodes that come along are used."""
    nodes = json.loads((EXAMPLES / "node-red" / "flow.json").read_text())
    names = {node["id"] for node in nodes}
    assert len(names) == len(nodes)
    for node in nodes:
        assert {end for outlet in node.get("wires", []) for end in outlet} <= names
        if node["type"] == "mqtt in":
            assert node["broker"] in names
    kinds = {node["type"] for node in nodes}
    assert kinds <= {"tab", "mqtt-broker", "mqtt in", "switch", "debug", "rbe", "change"}


def test_the_node_red_flow_listens_where_its_command_publishes() -> None:
    """Broker and topic of the flow are those of the command above it."""
    nodes = {
        node["type"]: node for node in json.loads((EXAMPLES / "node-red" / "flow.json").read_text())
    }
    broker = settings_of(commands("node-red")[0]).mqtt
    assert broker is not None
    place = nodes["mqtt-broker"]
    assert (place["broker"], place["port"]) == (broker.host, str(broker.port))
    assert nodes["mqtt in"]["topic"] == f"{broker.topic}/#"
    assert place["usetls"] == broker.tls
