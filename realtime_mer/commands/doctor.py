"""``realtime-mer doctor``: whether this machine can do the work, and the remedy where it cannot."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from realtime_mer.commands import checks
from realtime_mer.commands.checks import Finding
from realtime_mer.commands.checks_broker import check_broker
from realtime_mer.config.merge import load_settings
from realtime_mer.config.where import find_config
from realtime_mer.errors import UserError
from realtime_mer.settings import Settings, parse_setting

Check = Callable[[], Finding]

FLAGS = {
    "device": "the input to listen to (default: the system's)",
    "osc": "receivers, as the tracker takes them",
    "web": "where the dashboard will be served",
    "mqtt": "the MQTT broker",
    "model": "another model than the one that comes along",
    "provider": "where the model is to run: auto, cuda or cpu",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "doctor",
        help="check this machine and say what to do",
        description="Checks everything between the sound card and the network, with the settings "
        "a live run would have, and says in a line each what it found and what to do. Ends with "
        "exit code 0 where the tracker can listen, else 1.",
    )
    for name, help_text in FLAGS.items():
        parser.add_argument(f"--{name}", help=help_text)
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="settings from a file")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; 0 where all are good, else 1."""
    given = {
        name: parse_setting(name, getattr(arguments, name), f"--{name}")
        for name in FLAGS
        if getattr(arguments, name) is not None
    }
    findings = []
    for finding in examine(load_settings(given, os.environ, find_config(arguments.config).read)):
        findings.append(finding)
        if not arguments.json:
            print(finding.line(), flush=True)
    good = all(finding.good for finding in findings)
    if arguments.json:
        record = {"good": good, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(record, indent=2, ensure_ascii=False))
    return 0 if good else 1


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what each check finds; a check that rests on one that failed is left out."""
    model = (settings.model, settings.provider)
    chains: list[list[tuple[str, Check]]] = [
        [("Python", checks.check_python)],
        _sound_checks(settings.device),
        [("numba", checks.check_numba)],
        [
            ("model", partial(checks.check_model, *model)),
            ("ONNX Runtime", partial(checks.check_provider, *model)),
            ("speed", partial(checks.check_speed, *model)),
        ],
    ]
    if settings.web is not None:
        chains.append([("web port", partial(checks.check_web_port, *settings.web))])
    for target in settings.osc:
        chains.append([("OSC", partial(checks.check_osc_target, *target))])
    if settings.mqtt is not None:
        chains.append([("MQTT", partial(check_broker, settings.mqtt))])
    for chain in chains:
        for name, check in chain:
            finding = examined(name, check)
            yield finding
            if not finding.good:
                break


def _sound_checks(device: str) -> list[tuple[str, Check]]:
    """Return what to look at for a device; nothing for the demo, a file or a pipe."""
    from realtime_mer.sources.opening import looks_like_file

    if device in ("demo", "-") or looks_like_file(device):
        return []
    return [
        ("PortAudio", checks.check_portaudio),
        ("input devices", checks.check_devices),
        ("sound", partial(checks.check_input, "mic" if device == "auto" else device)),
    ]


def examined(name: str, check: Check) -> Finding:
    """Run one check; whatever it raises is a finding too, for a doctor must not fall ill."""
    try:
        return check()
    except UserError as error:
        return Finding(name, False, str(error))
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return Finding(name, False, said, "please report this line")
