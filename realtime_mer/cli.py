"""The command ``realtime-mer``: one parser, every command a few lines."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from realtime_mer import __version__
from realtime_mer.config.merge import load_settings
from realtime_mer.config.where import find_config
from realtime_mer.errors import UserError
from realtime_mer.flags import add_flags
from realtime_mer.logs import notice

COMMANDS = (
    "devices",
    "analyze",
    "calibrate",
    "config",
    "replay",
    "plot",
    "serve",
    "doctor",
    "bench",
)

DESCRIPTION = """\
Listens to music as it is played and says, twice a second, how it feels:
arousal (calm -1 … excited +1) and valence (unpleasant -1 … pleasant +1), each with
its uncertainty, by OSC to your visuals and by WebSocket to a page in the browser.
"""

EXAMPLES = """\
examples:
  realtime-mer                                  the microphone; where there is none, the demo
  realtime-mer --device "Scarlett" --channels 3,4         channels 3 and 4 of that sound card
  realtime-mer --osc 127.0.0.1:7000 --osc 10.0.0.5:9000   two receivers
  realtime-mer --device song.flac --record song.jsonl     play a file, keep the values
  ffmpeg -i URL -f s16le -ac 2 -ar 44100 - | realtime-mer --device -
  realtime-mer devices                          which inputs there are
  realtime-mer analyze *.flac --out results --plot        tables and pictures of files
  realtime-mer calibrate --seconds 120 --name tuesday     at the sound check; afterwards:
  realtime-mer --calibration tuesday            the band's own range over the whole scale
  realtime-mer replay set.jsonl --speed 4       send a recorded set again
  realtime-mer plot set.jsonl                   draw it
  realtime-mer --channels each                  every channel of a desk by itself
  realtime-mer serve                            hear what browsers and programs send
  realtime-mer doctor                           what is wrong with this machine, and what to do
  realtime-mer bench                            what the work costs on this machine

OSC goes to 127.0.0.1:9000 (/mer/arousal, /mer/valence, …), the page is at
http://127.0.0.1:8765. Every flag can also stand in a file (--config show.toml:
device = "Scarlett") or in the environment (REALTIME_MER_DEVICE=Scarlett).
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="realtime-mer",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    groups = add_flags(parser)
    program = groups["the program"]
    program.add_argument(
        "--config",
        type=Path,
        metavar="FILE.toml",
        help="read settings from a file; flags win (default: what was saved on the page; "
        "none for none)",
    )
    program.add_argument("--version", action="version", version=f"realtime-mer {__version__}")
    subparsers = parser.add_subparsers(
        title="other commands", metavar="COMMAND", help="realtime-mer COMMAND --help says more"
    )
    for command in COMMANDS:
        importlib.import_module(f"realtime_mer.commands.{command}").add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, or 2 where a person can mend it."""
    try:
        namespace = build_parser().parse_args(arguments)
        if hasattr(namespace, "run"):
            return int(namespace.run(namespace))
        given = {name: value for name, value in vars(namespace).items() if name != "config"}
        place = find_config(getattr(namespace, "config", None))
        settings = load_settings(given, os.environ, place.read)
        from realtime_mer.commands import live

        return live.run(settings, place)
    except UserError as error:
        notice(f"realtime-mer: {error}", logging.ERROR)
        return 2
    except KeyboardInterrupt:  # before the tracker took over the signal
        return 130
