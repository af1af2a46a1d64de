"""``realtime-mer devices``: what can be listened to."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from realtime_mer.errors import UserError

if TYPE_CHECKING:
    from realtime_mer.sources.devices import DeviceInfo

TITLES = ("number", "name", "host API", "inputs", "rate", "")
HOW_TO_CHOOSE = (
    "Choose one with realtime-mer --device NUMBER or any part of its name; "
    "two instruments on a desk with --channels 3,4."
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "devices",
        help="list the audio inputs",
        description="Lists every audio input: its number, its name, the system's interface it is "
        "reached through, how many channels it has and its own sample rate.",
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the inputs.

    Raises:
        UserError: PortAudio is missing, or there is no input.
    """
    from realtime_mer.sources.capture.process import list_inputs

    inputs = list_inputs()
    if arguments.json:
        print(json.dumps([record(device) for device in inputs], indent=2, ensure_ascii=False))
        return 0
    if not inputs:
        raise UserError(
            "There is no audio input device: plug in a microphone or an audio interface, "
            "or play the built-in demo with realtime-mer --device demo."
        )
    if sys.stdout.isatty():
        _print_table(inputs)
    else:
        print(plain_table(inputs))
    return 0


def record(device: DeviceInfo) -> dict[str, object]:
    """Return a device as it stands in the JSON."""
    return {
        "number": device.number,
        "name": device.name,
        "host_api": device.host_api,
        "input_channels": device.input_channels,
        "rate_hz": device.rate_hz,
        "default": device.is_default,
        "loopback": device.is_loopback,
    }


def cells(device: DeviceInfo) -> tuple[str, ...]:
    """Return a device's row, a text for each of :data:`TITLES`."""
    remarks = ["default (mic)"] if device.is_default else []
    if device.is_loopback:
        remarks.append("what this machine plays")
    return (
        str(device.number),
        device.name,
        device.host_api,
        str(device.input_channels),
        f"{device.rate_hz} Hz",
        ", ".join(remarks),
    )


def plain_table(devices: Sequence[DeviceInfo]) -> str:
    """Return the devices as text in columns, under a line of titles."""
    rows = [TITLES, *(cells(device) for device in devices)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(TITLES))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _print_table(devices: Sequence[DeviceInfo]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in TITLES:
        table.add_column(
            title, justify="right" if title in ("number", "inputs", "rate") else "left"
        )
    for device in devices:
        # As Text, since a device may be called [Mic], which is markup to rich.
        table.add_row(*map(Text, cells(device)), style="bold" if device.is_default else "")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"\n{HOW_TO_CHOOSE}", style="dim")
