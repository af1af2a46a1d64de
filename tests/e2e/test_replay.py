"""A set is recorded, sent again through real outputs, and drawn."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib.image import imread
from pythonosc.udp_client import SimpleUDPClient
from support.program import OscReceiver, free_port, run_program, running
from websockets.sync.client import connect

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in performance, recorded with what was heard."""
    path = tmp_path_factory.mktemp("recorded") / "set.jsonl"
    result = run_program(
        "--device", "demo", "--speed", "max", "--quiet", "--no-osc", "--no-web",
        "--record", path, "--record-audio", path.with_suffix(".flac"),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return path


def lines(path: Path) -> list[dict[str, float]]:
    """The estimates of a recording."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if "arousal" in row]


def test_osc_receives_the_set_again(recorded: Path) -> None:
    """Every value arrives by OSC as it was recorded, in order and in time."""
    with OscReceiver() as receiver:
        begin = time.monotonic()
        result = run_program(
            "replay", recorded, "--speed", "40", "--from", "1:10", "--no-web", "--quiet",
            "--osc", receiver.target,
        )  # fmt: skip
        assert (result.returncode, result.stderr) == (0, "")
        expected = [row for row in lines(recorded) if row["time_s"] > 70.0]
        assert receiver.values("/mer/arousal") == pytest.approx(
            [row["arousal"] for row in expected], abs=1e-6
        )
        assert receiver.values("/mer/valence") == pytest.approx(
            [row["valence"] for row in expected], abs=1e-6
        )
        arrived = [message.arrived_s for message in receiver.messages("/mer/arousal")]
        assert arrived[-1] - arrived[0] == pytest.approx(
            (expected[-1]["time_s"] - expected[0]["time_s"]) / 40, abs=0.25
        )
        assert arrived[0] > begin
        last = receiver.messages("/mer/status")[-1].arguments
        assert last[:3] == (expected[-1]["sequence"], expected[-1]["time_s"], 0)


def test_routes_and_cues_receive_it_too(recorded: Path, tmp_path: Path) -> None:
    """A configuration of the show serves at home: its routes and cues send, its recording and
    its sound card are left alone."""
    with OscReceiver() as receiver, OscReceiver() as desk:
        config = tmp_path / "show.toml"
        config.write_text(
            f'device = "no such card"\nrecord = "{recorded.as_posix()}"\nweb = "off"\n'
            f'osc = ["{receiver.target}"]\nstandard = false\n'
            f'when = ["mood is energetic for 1 s, send /cue/go 7 to {desk.target}", '
            f'"mood is calm for 1 s, send /cue/back to {desk.target}", '
            f'"mood is joyful for 1 s, send /cue/up to {desk.target}", '
            f'"mood is tense for 1 s, send /cue/down to {desk.target}"]\n'
            '[[route]]\naddress = "/layer/1"\nsource = "arousal"\nin = [-1, 1]\nout = [0, 1]\n'
        )
        before = recorded.read_bytes()
        result = run_program("replay", recorded, "--config", config, "--speed", "50", "--quiet")
        assert (result.returncode, result.stderr) == (0, "")
        expected = [0.5 + 0.5 * row["arousal"] for row in lines(recorded)]
        assert receiver.values("/layer/1") == pytest.approx(expected, abs=1e-5)
        assert not receiver.messages("/mer/arousal")
        cues = [f"/cue/{name}" for name in ("go", "back", "up", "down")]
        assert sum(len(desk.messages(cue)) for cue in cues) >= 1
        assert recorded.read_bytes() == before


def test_the_page_shows_what_is_replayed(recorded: Path, tmp_path: Path) -> None:
    """The stream names the recording in place of a device and has its values; a loop goes back."""
    port = free_port()
    with running(
        tmp_path, "replay", recorded, "--speed", "8", "--from", "1:27", "--loop", "--no-osc",
        "--web", f"127.0.0.1:{port}",
    ):  # fmt: skip
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        seen = []
        with connect(f"ws://127.0.0.1:{port}/ws") as client:
            hello = json.loads(client.recv(timeout=10))
            while len(seen) < 20:
                message = json.loads(client.recv(timeout=10))
                if message["type"] == "estimate":
                    seen.append(message)
    assert hello["device"] == {"name": "set.jsonl (replay)", "rate_hz": 44_100, "channels": 2}
    assert hello["model"]["provider"] == "recording"
    by_sequence = {row["sequence"]: row for row in lines(recorded)}
    for message in seen:
        row = by_sequence[message["sequence"]]
        assert message["time_s"] == row["time_s"] > 87.0
        assert message["arousal"] == pytest.approx(row["arousal"], abs=1e-6)
    sequences = [message["sequence"] for message in seen]
    assert sum(later < earlier for earlier, later in pairwise(sequences)) >= 1


def test_a_crashed_recording_is_replayed_as_far_as_it_goes(recorded: Path, tmp_path: Path) -> None:
    """A last line cut off is said and left out."""
    whole = recorded.read_text().splitlines(keepends=True)
    path = tmp_path / "crashed.jsonl"
    path.write_text("".join(whole[:9]) + whole[9][:40])
    with OscReceiver() as receiver:
        result = run_program(
            "replay", path, "--speed", "max", "--no-web", "--quiet", "--osc", receiver.target
        )
        assert result.returncode == 0
        assert result.stderr == f"The last line of {path} is cut off and left out.\n"
        assert len(receiver.wait_for("/mer/arousal", 8, limit_s=5)) == 8


def test_marks_travel_from_the_show_to_the_picture(tmp_path: Path) -> None:
    """A mark sent by OSC while a set is recorded is in the file and in the picture."""
    control, path = free_port(), tmp_path / "set.jsonl"
    with OscReceiver() as receiver, running(
        tmp_path, "--device", "demo", "--no-web", "--quiet", "--osc", receiver.target,
        "--record", path, "--control", str(control),
    ) as program:  # fmt: skip
        receiver.wait_for("/mer/arousal", 2, limit_s=60)
        SimpleUDPClient("127.0.0.1", control).send_message("/mer/mark", ["chorus"])
        count = len(receiver.values("/mer/arousal"))
        receiver.wait_for("/mer/arousal", count + 3, limit_s=20)
        assert program.interrupt()[0] == 0
    marked = [row for row in lines(path) if "marks" in row]
    assert [row["marks"] for row in marked] == [["chorus"]]
    assert run_program("plot", path).returncode == 0
    with_mark = imread(tmp_path / "set.png")
    path.write_text(path.read_text().replace(', "marks": ["chorus"]', ""))
    assert run_program("plot", path).returncode == 0
    assert (with_mark != imread(tmp_path / "set.png")).any()


def test_a_set_is_drawn(recorded: Path, tmp_path: Path) -> None:
    """The picture goes where it is told, with the waveform where the sound is given."""
    plain, heard = tmp_path / "plain.png", tmp_path / "heard.png"
    result = run_program("plot", recorded, "--out", plain)
    assert (result.returncode, result.stdout) == (0, f"{plain}\n")
    sound = recorded.with_suffix(".flac")
    assert run_program("plot", recorded, "--audio", sound, "--out", heard).returncode == 0
    assert imread(plain).shape == imread(heard).shape
    assert (imread(plain) != imread(heard)).any(axis=-1).mean() > 0.01


LOADED = """
import json, sys
from realtime_mer.cli import main
code = main(json.loads(sys.argv[1]))
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def test_a_replay_needs_neither_sound_card_nor_model(recorded: Path) -> None:
    """Nothing that listens or estimates is loaded to send a recording."""
    words = ["replay", str(recorded), "--speed", "max", "--no-web", "--quiet"]
    result = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(words)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, loaded = json.loads(result.stderr.splitlines()[-1])
    assert code == 0
    assert "realtime_mer.replay" in loaded
    assert not {"numba", "onnxruntime", "sounddevice", "soundfile", "matplotlib"} & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay", "no.jsonl"], "There is no recording no.jsonl: check the path."),
        (["replay", "{set}", "--from", "99:00"], "ends at 1:32: choose --from before that."),
        (["replay", "{set}", "--from", "noon"], "'noon' is no time: write minutes and seconds"),
        (["replay", "{set}", "--loop", "--speed", "max"], "choose a --speed such as 4"),
        (["replay", "{set}", "--quiet", "--no-osc", "--no-web"], "Nothing would leave"),
        (["replay", "{set}", "--no-osc", "--when", "mood is sad, send /x"], "has no receiver"),
        (["replay", "{set}", "--speed", "0"], "--speed: '0' is no speed"),
        (["plot", "{set}", "--out", "x.jpg"], "ends in .png"),
        (["plot", "{set}", "--out", "no/such/x.png"], "no such file or directory"),
        (["plot", "{set}", "--audio", "no.flac"], "There is no file “no.flac”"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    recorded: Path, arguments: list[str], sentence: str
) -> None:
    """Each mistake is said on one line, with exit code 2."""
    result = run_program(*[recorded if word == "{set}" else word for word in arguments])
    assert result.returncode == 2
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("realtime-mer: ")
