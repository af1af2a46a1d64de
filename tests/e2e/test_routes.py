"""Routes, rates, bundles and presets, from a configuration to receivers that are not ours."""

from __future__ import annotations

import itertools
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from support.program import OscReceiver, free_port, run_program, running

pytestmark = pytest.mark.e2e

LIMIT_S = 60.0
QUIETLY = ("--device", "demo", "--no-web")

SHOW = """\
osc = "{everything}"
osc_range = "0..1"

[[route]]
address = "/composition/layers/1/video/opacity"
source = "arousal"
target = "{receiver}"

[[route]]
address = "/wek/inputs"
source = ["arousal", "valence", "level"]
out = [[-1, 1], [-1, 1], [0, 1]]
target = "{receiver}"

[[route]]
address = "/scene"
source = ["mood", "mood:joyful", "distance:0.5,0.5"]
before = ["now", 7, 0.5]
after = "end"
on_change = false
target = "{receiver}"

[[route]]
address = "/light"
source = "active"
out = [0, 255]
type = "integer"
on_change = true
target = "{receiver}"

[[route]]
address = "/s/curve"
source = "arousal"
in = [-0.2, 0.1]
out = [10, 20]
curve = "s"
target = "{receiver}"

[[route]]
address = "/beyond"
source = ["arousal", "valence_std"]
in = [[0, 0.01], [0, 0.5]]
out = [0, 1]
clip = false
target = "{receiver}"

[[route]]
address = "/inside"
source = "arousal"
in = [0, 0.01]
out = [1, 0]
target = "{receiver}"

[[route]]
address = "/slow"
source = "arousal"
curve = "exponent"
exponent = 2
rise = 1000
fall = 1000
target = "{receiver}"
"""


@contextmanager
def oscdump(folder: Path) -> Iterator[tuple[str, Path]]:
    """liblo's receiver, which prints address, types and arguments; its target and its output."""
    port, output = free_port(socket.SOCK_DGRAM), folder / "oscdump.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(["stdbuf", "-oL", "oscdump", str(port)], stdout=file)
    try:
        yield f"127.0.0.1:{port}", output
    finally:
        process.terminate()
        process.wait(10)


def printed(output: Path, address: str, count: int) -> list[str]:
    """Wait until oscdump has printed so many messages of an address; types and arguments."""
    line = re.compile(rf"^\S+ {re.escape(address)} (.*)$", re.MULTILINE)
    deadline = time.monotonic() + LIMIT_S
    while len(found := line.findall(output.read_text())) < count:
        assert time.monotonic() < deadline, f"{address} came {len(found)} times"
        time.sleep(0.05)
    return found


def test_oscdump_prints_every_feature_of_a_route(tmp_path: Path) -> None:
    """Ranges, clips, curves, several sources, fixed arguments, words, types, changes and times
    of rise and fall arrive as written."""
    config = tmp_path / "show.toml"
    with OscReceiver() as ours, oscdump(tmp_path) as (target, output):
        config.write_text(SHOW.format(everything=ours.target, receiver=target))
        with running(tmp_path, *QUIETLY, "--config", config) as program:
            arousal = ours.wait_for("/mer/arousal", 6, LIMIT_S)  # 0..1
            opacity = printed(output, "/composition/layers/1/video/opacity", 6)
            inputs = printed(output, "/wek/inputs", 6)
            scenes = printed(output, "/scene", 6)
            lights = printed(output, "/light", 1)
            slow = printed(output, "/slow", 6)
            bent = printed(output, "/s/curve", 6)
            beyond = printed(output, "/beyond", 6)
            inside = printed(output, "/inside", 6)
            spread = ours.wait_for("/mer/valence_std", 6, LIMIT_S)  # halved, as its range is
            assert program.process.poll() is None
    assert all(0 <= value <= 1 for value in arousal)
    heard = [float(text.removeprefix("f ")) for text in opacity]
    assert heard[:6] == pytest.approx(arousal[:6], abs=1e-5)
    for text, value in zip(inputs[:6], arousal, strict=False):
        types, first, _, level = text.split()
        assert types == "fff"
        assert float(first) == pytest.approx(2 * value - 1, abs=1e-5)
        assert 0 <= float(level) <= 1
    assert all(re.fullmatch(r'sifsffs "now" 7 0.5\S* "\w+" \S+ \S+ "end"', text) for text in scenes)
    assert all(re.fullmatch(r"i (0|255)", text) for text in lights)
    # The same word or number is not said twice.
    assert all(one != other for one, other in itertools.pairwise(lights))
    for number, unit in enumerate(arousal[:6]):
        value = 2 * unit - 1
        way = min(max((value + 0.2) / 0.3, 0.0), 1.0)
        assert float(bent[number].removeprefix("f ")) == pytest.approx(
            10 + 10 * way**2 * (3 - 2 * way), abs=1e-3
        )
        types, first, second = beyond[number].split()
        assert (types, float(first)) == ("ff", pytest.approx(100 * value, abs=1e-3))
        assert float(second) == pytest.approx(4 * spread[number], abs=1e-4)
        ends = min(max(1 - 100 * value, 0.0), 1.0)
        assert float(inside[number].removeprefix("f ")) == pytest.approx(ends, abs=1e-3)
    values = [float(text.removeprefix("f ")) for text in slow]
    assert values[0] == pytest.approx(arousal[0] ** 2, abs=1e-5)
    assert max(values) - min(values) < 0.02, "a time constant of 1000 s holds the value"


def test_60_hz_glide_and_the_cost_is_printed(tmp_path: Path) -> None:
    """Sixty messages a second without a step above 1/10 of a jump, and one line about it."""
    with OscReceiver() as plain, OscReceiver() as fast:
        with running(tmp_path, *QUIETLY, "--osc", fast.target, "--osc-rate", "60") as program:
            fast.wait_for("/mer/arousal", 600, LIMIT_S)
            messages = fast.messages("/mer/arousal")[:600]
            assert "60 times a second, gliding: a steady change comes 200 ms later" in (
                program.errors()
            )
        folder = tmp_path / "plain"
        folder.mkdir()
        with running(folder, *QUIETLY, "--osc", plain.target, "--osc-rate", "2") as program:
            jumps = np.abs(np.diff(plain.wait_for("/mer/arousal", 12, LIMIT_S)))
            assert "gliding" not in program.output()
    times = np.array([message.arrived_s for message in messages])
    values = np.array([float(message.arguments[0]) for message in messages])
    assert 599 / (times[-1] - times[0]) == pytest.approx(60, rel=0.1)
    assert len(set(values)) > 200
    # The same stretch of the demo: its largest jump is the measure. A step that came late on
    # this machine covers the way of several; tests/sinks/test_pace.py knows which were.
    steps = np.abs(np.diff(values))
    assert np.mean(steps <= 0.1 * jumps.max()) > 0.9
    assert np.median(steps) < 0.1 * jumps.max()


def test_pure_data_unpacks_a_bundle(tmp_path: Path) -> None:
    """Pd prints a route's numbers out of a bundle, in time."""
    port, output, patch = free_port(socket.SOCK_DGRAM), tmp_path / "pd.txt", tmp_path / "in.pd"
    patch.write_text(
        "#N canvas 0 0 400 300 12;\n"
        f"#X obj 10 10 netreceive -u -b {port};\n"
        "#X obj 10 40 oscparse;\n#X obj 10 70 list trim;\n#X obj 10 100 print got;\n"
        "#X connect 0 0 1 0;\n#X connect 1 0 2 0;\n#X connect 2 0 3 0;\n"
    )
    config = tmp_path / "show.toml"
    config.write_text(
        f'osc = "127.0.0.1:{port}"\nosc_bundle = true\nosc_rate = 20\n'
        '[[route]]\naddress = "/a/b"\nsource = ["arousal", "level"]\nbefore = "x"\n'
    )
    with output.open("wb") as file:
        command = ["pd", "-nogui", "-nosound", "-nomidi", "-noprefs", "-open", str(patch)]
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        with running(tmp_path, *QUIETLY, "--config", config):
            deadline = time.monotonic() + LIMIT_S
            while len(re.findall(r"^got: a b x \S+ \S+$", output.read_text(), re.M)) < 40:
                assert time.monotonic() < deadline, output.read_text()[-2000:]
                time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(10)
    text = output.read_text()
    assert "error" not in text
    assert re.search(r"^got: mer arousal \S+$", text, re.MULTILINE)


def test_a_preset_reaches_the_program_it_is_for(tmp_path: Path) -> None:
    """Resolume's two layers and nothing else, wherever the flag sends them."""
    with OscReceiver() as resolume:
        with running(tmp_path, *QUIETLY, "--preset", "resolume", "--osc", resolume.target):
            for layer in (1, 2):
                address = f"/composition/layers/{layer}/video/opacity"
                assert all(0 <= value <= 1 for value in resolume.wait_for(address, 60, LIMIT_S))
        assert resolume.messages("/mer/arousal") == []
        assert resolume.messages("/mer/status") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("osc_rte = 60", "line 1: there is no setting 'osc_rte': did you mean 'osc_rate'?"),
        ("[[route]]\naddress = '/x'\nsource = 'arousel'", "line 3: route 1 (/x): source: there"),
        (
            "[[route]]\naddress = '/x'\nsource = 'dominance'",
            "The route /x sends dominance, which this model does not estimate",
        ),
        (
            "[[route]]\nsource = 'arousal'\nmidi = { port = 'no such port', cc = 1 }",
            "MIDI",
        ),
    ],
)
def test_a_wrong_configuration_ends_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """Exit code 2, one line, no traceback."""
    config = tmp_path / "show.toml"
    config.write_text(text)
    ended = run_program(*QUIETLY, "--config", config)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
