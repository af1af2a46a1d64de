"""What the doctor says of parts that are well and of parts that are not."""

from __future__ import annotations

import argparse
import json
import socket
from pathlib import Path

import pytest
from support.tiny_model import write_tiny_model

from realtime_mer.commands import checks, doctor
from realtime_mer.commands.checks import Finding
from realtime_mer.errors import UserError
from realtime_mer.settings import Settings


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid model file."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def parse(*words: str) -> argparse.Namespace:
    """Parse a command line of the doctor."""
    parser = argparse.ArgumentParser()
    doctor.add_parser(parser.add_subparsers())
    return parser.parse_args(["doctor", *words])


def test_line_of_a_good_finding() -> None:
    """A good finding has a tick and no arrow."""
    assert Finding("Python", True, "3.11.2").line() == "✓ Python: 3.11.2"


def test_line_of_a_bad_finding() -> None:
    """A bad finding has a cross and its remedy on the same line."""
    assert Finding("disk", False, "full", "empty it").line() == "✗ disk: full → empty it"


def test_python_is_good_here() -> None:
    """The Python that runs the tests is one the package supports."""
    assert checks.check_python().good


def test_numba_keeps_its_code() -> None:
    """The cache folder is named, and it exists."""
    finding = checks.check_numba()
    assert finding.good
    assert Path(finding.said.partition("cache in ")[2]).is_dir()


def test_web_port_that_is_taken() -> None:
    """A port with a listener is a bad finding that names the flag."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        finding = checks.check_web_port("127.0.0.1", server.getsockname()[1])
    assert not finding.good
    assert "--web" in finding.remedy


def test_web_port_that_is_free() -> None:
    """A port is free again when its listener has gone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert checks.check_web_port("127.0.0.1", port).good


def test_web_host_that_does_not_exist() -> None:
    """A host without an address is a bad finding, not an exception."""
    assert not checks.check_web_port("no-such-host.invalid", 8765).good


def test_osc_receiver_is_noticed() -> None:
    """A program that listens on this machine is told from none; neither is a fault."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        listening = checks.check_osc_target("127.0.0.1", port)
    absent = checks.check_osc_target("127.0.0.1", port)
    assert listening.good
    assert listening.said == "a program listens"
    assert absent.good
    assert absent.said == "nothing listens yet"


def test_osc_target_elsewhere() -> None:
    """An address of another machine is recognised as such (192.0.2.0/24 is reserved for this)."""
    assert checks.check_osc_target("192.0.2.1", 9000).said == "not on this machine"


def test_model_that_is_good(tiny_model: Path) -> None:
    """A valid model is named with its dimensions, and its session tells where it runs."""
    assert checks.check_model(tiny_model, "cpu").said.startswith("tiny, arousal and valence")
    assert "CPU" in checks.check_provider(tiny_model, "cpu").said


def test_model_that_is_none(tmp_path: Path) -> None:
    """A file that is no model leaves out what rests on it, with one sentence."""
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    findings = {finding.check: finding for finding in doctor.examine(Settings(model=broken))}
    assert not findings["model"].good
    assert "broken.onnx" in findings["model"].said
    assert "speed" not in findings


def test_speed_is_measured(tiny_model: Path) -> None:
    """The time for a step is measured, and it is far below the step."""
    finding = checks.check_speed(tiny_model, "cpu")
    assert finding.good
    assert 0 < float(finding.said.partition(" ms")[0]) < 250


def test_user_errors_become_findings() -> None:
    """A part's own sentence is what the doctor says."""

    def missing() -> Finding:
        raise UserError("PortAudio is missing: install it.")

    finding = doctor.examined("PortAudio", missing)
    assert finding == Finding("PortAudio", False, "PortAudio is missing: install it.")


def test_a_crash_becomes_a_finding() -> None:
    """A programming error in one check leaves the others alone."""

    def crash() -> Finding:
        raise ZeroDivisionError("division by zero")

    finding = doctor.examined("speed", crash)
    assert not finding.good
    assert "ZeroDivisionError" in finding.said


def test_json_agrees_with_exit_code(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON lists every finding, and the exit code is 0 only where all are good."""
    code = doctor.run(parse("--json", "--model", str(tiny_model), "--provider", "cpu"))
    record = json.loads(capsys.readouterr().out)
    assert record["good"] == all(finding["good"] for finding in record["findings"])
    assert code == (0 if record["good"] else 1)
    assert {"Python", "numba", "model", "speed"} <= {f["check"] for f in record["findings"]}


def test_every_receiver_is_looked_at(tiny_model: Path) -> None:
    """Several OSC targets give a finding each, and a page that is off gives none."""
    targets = (("127.0.0.1", 9000), ("192.0.2.1", 7000))
    settings = Settings(osc=targets, web=None, model=tiny_model, provider="cpu")
    checked = [finding.check for finding in doctor.examine(settings)]
    assert "OSC to 127.0.0.1:9000" in checked
    assert "OSC to 192.0.2.1:7000" in checked
    assert not any(check.startswith("web") for check in checked)


def test_settings_of_a_live_run_count(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the environment sets for the tracker, the doctor looks at too."""
    monkeypatch.setenv("REALTIME_MER_MODEL", str(tiny_model))
    monkeypatch.setenv("REALTIME_MER_OSC", "192.0.2.7:7000")
    doctor.run(parse())
    said = capsys.readouterr().out
    assert "tiny" in said
    assert "192.0.2.7:7000" in said


def test_no_sound_card_is_needed_for_a_demo(tiny_model: Path) -> None:
    """Where the settings name the demo, sound cards are left alone."""
    settings = Settings(device="demo", model=tiny_model, provider="cpu")
    checked = {finding.check for finding in doctor.examine(settings)}
    assert "PortAudio" not in checked
    assert "input devices" not in checked
