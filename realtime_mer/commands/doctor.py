"""``realtime-mer doctor``: whether this machine can do the work, and the remedy where it cannot."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from realtime_mer.addresses import parse_target
from realtime_mer.commands import checks
from realtime_mer.commands.checks import Finding
from realtime_mer.errors import UserError

Check = Callable[[], Finding]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "doctor",
        help="check this machine and say what to do",
        description="Checks everything between the sound card and the network, a line each. "
        "Ends with exit code 0 where the tracker can work, else 1.",
    )
    parser.add_argument("--device", help="the input to listen to (default: the system's)")
    parser.add_argument("--osc", default="127.0.0.1:9000", metavar="HOST:PORT")
    parser.add_argument("--web", default="127.0.0.1:8765", metavar="HOST:PORT")
    parser.add_argument("--model", type=Path, metavar="FILE.onnx", help="another model")
    parser.add_argument("--provider", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; 0 where all are good, else 1."""
    findings = []
    for finding in examine(arguments):
        findings.append(finding)
        if not arguments.json:
            print(finding.line(), flush=True)
    good = all(finding.good for finding in findings)
    if arguments.json:
        record = {"good": good, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(record, indent=2, ensure_ascii=False))
    return 0 if good else 1


def examine(arguments: argparse.Namespace) -> Iterator[Finding]:
    """Yield what each check finds; a check that rests on one that failed is left out."""
    osc_host, osc_port = parse_target(arguments.osc)
    web_host, web_port = parse_target(arguments.web)
    model = (arguments.model, arguments.provider)
    chains: list[list[tuple[str, Check]]] = [
        [("Python", checks.check_python)],
        [
            ("PortAudio", checks.check_portaudio),
            ("input devices", checks.check_devices),
            ("sound", partial(checks.check_input, arguments.device)),
        ],
        [("numba", checks.check_numba)],
        [
            ("model", partial(checks.check_model, *model)),
            ("ONNX Runtime", partial(checks.check_provider, *model)),
            ("speed", partial(checks.check_speed, *model)),
        ],
        [("web port", partial(checks.check_web_port, web_host, web_port))],
        [("OSC", partial(checks.check_osc_target, osc_host, osc_port))],
    ]
    for chain in chains:
        for name, check in chain:
            finding = examined(name, check)
            yield finding
            if not finding.good:
                break


def examined(name: str, check: Check) -> Finding:
    """Run one check; whatever it raises is a finding too, for a doctor must not fall ill."""
    try:
        return check()
    except UserError as error:
        return Finding(name, False, str(error))
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return Finding(name, False, said, "please report this line")
