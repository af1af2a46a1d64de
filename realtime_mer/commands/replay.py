"""``realtime-mer replay``: a recorded set through the same outputs, to build visuals at home."""

from __future__ import annotations

import argparse
import logging
import math
import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer import __version__, logs
from realtime_mer.addresses import format_target
from realtime_mer.commands.asked import add_config_flag, asked_settings, open_log
from realtime_mer.errors import UserError
from realtime_mer.flags import add_flags
from realtime_mer.settings import Settings

if TYPE_CHECKING:
    from realtime_mer.recording import Recording

SETTINGS = (
    "speed", "when", "osc", "osc_rate", "osc_range", "osc_bundle", "standard", "web", "token",
    "insecure", "tls_cert", "tls_key", "announce", "allow_origin", "mqtt", "mqtt_password",
    "preset", "quiet", "log_level", "log_format",
)  # fmt: skip

DESCRIPTION = """\
Sends what --record wrote again: to the OSC receivers, by routes, to the page and to the
terminal, in time, so that visuals are built at home on last night's set. A table that
analyze wrote does as well. Sequence numbers, times and values are those of the recording;
a calibration or smoothing is in them already. Words and cues come as they came.
"""

EXAMPLES = """\
examples:
  realtime-mer replay set.jsonl --osc 127.0.0.1:7000
  realtime-mer replay set.jsonl --config show.toml --from 12:30 --speed 4
  realtime-mer replay chorus.csv --loop
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "replay",
        help="send a recorded set again, in time or faster",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("recording", type=Path, metavar="FILE", help="a recording, .jsonl or .csv")
    parser.add_argument(
        "--from",
        dest="begin",
        default="0",
        metavar="TIME",
        help="begin there: minutes and seconds, such as 12:30, or seconds",
    )
    parser.add_argument(
        "--loop", action="store_true", default=False, help="begin again at the end, until Ctrl-C"
    )
    parser.add_argument(
        "--stream",
        type=int,
        default=None,
        metavar="NUMBER",
        help="which one of a recording that holds several",
    )
    groups = add_flags(parser, SETTINGS)
    add_config_flag(groups["the program"])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send the recording until its end, or until somebody stops it; return 0.

    Raises:
        UserError: where something that was asked for is not possible.
    """
    from realtime_mer.commands.outputs import tells_anybody
    from realtime_mer.recording_file import read_recording

    settings, place = asked_settings(arguments)
    open_log(settings, place)
    if settings.quiet and not tells_anybody(settings):
        raise UserError("Nothing would leave: leave out --quiet, --no-osc or --no-web.")
    if arguments.loop and math.isinf(settings.speed):
        raise UserError(
            "A loop as fast as it goes has no end and no time between two messages: choose a "
            "--speed such as 4, or leave out --loop."
        )
    recording = read_recording(arguments.recording, arguments.stream)
    if arguments.stream is not None:
        settings = of_stream(settings, arguments.stream)
    _replay(settings, recording, parse_time(arguments.begin), arguments.loop)
    return 0


def of_stream(settings: Settings, stream: int) -> Settings:
    """Return settings of a run with several streams as those of one of them alone.

    Its own routes and cues, and those that name none, are sent; those of others are not.
    """
    routes = [route for route in settings.routes if route.stream in (0, stream)]
    cues = [cue for cue in settings.cues if cue.stream in (0, stream)]
    return replace(
        settings,
        routes=tuple(replace(route, stream=0) for route in routes),
        cues=tuple(replace(cue, stream=0) for cue in cues),
    )


def parse_time(text: str) -> float:
    """Return seconds from hours, minutes and seconds with colons between.

    >>> parse_time("12:30"), parse_time("1:00:02.5"), parse_time("90")
    (750.0, 3602.5, 90.0)

    Raises:
        UserError: it is no such time.
    """
    if not re.fullmatch(r"([0-9]{1,4}:)?([0-9]{1,4}:)?[0-9]{1,6}(\.[0-9]{1,6})?", text.strip()):
        raise UserError(f"{text!r} is no time: write minutes and seconds, such as --from 12:30.")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60.0 * seconds + float(part)
    return seconds


def _replay(settings: Settings, recording: Recording, from_s: float, loop: bool) -> None:
    from realtime_mer.analysis.plot_style import clock
    from realtime_mer.commands.outputs import check_cues, open_outputs
    from realtime_mer.commands.signals import stop_on_signals
    from realtime_mer.feel.cues import check_cue_streams
    from realtime_mer.oscquery.opening import announce
    from realtime_mer.replay import PROVIDER, ReplayRun, replay_name
    from realtime_mer.routes.route import check_dimensions, check_streams
    from realtime_mer.sinks.pace import describe_pace
    from realtime_mer.sinks.web.hello import hello_fields

    path = recording.path
    check_streams(settings.routes, ())
    check_cue_streams(settings.all_cues, ())
    if from_s >= recording.duration_s:
        raise UserError(f"{path} ends at {clock(recording.duration_s)}: choose --from before that.")
    check_dimensions(settings.routes, recording.dimensions)
    check_cues(settings)
    stop = stop_on_signals()
    with ExitStack() as around, ExitStack() as opened:
        _, rate_hz, channels = recording.device
        hello = hello_fields(
            model=recording.model,
            provider=PROVIDER,
            dimensions=recording.dimensions,
            device=replay_name(recording),
            rate_hz=rate_hz,
            channels=channels,
            osc=[format_target(host, port) for host, port in settings.osc],
            version=__version__,
        )
        outputs = open_outputs(settings, hello, recording.dimensions, opened)
        announcement = announce(settings, outputs.web_port)
        if announcement:
            around.callback(announcement.close)
        if recording.cut_off:
            logs.notice(f"The last line of {path} is cut off and left out.", logging.WARNING)
        if not settings.quiet and (cost := describe_pace(settings.osc_rate)):
            logs.notice(cost)
        replay = ReplayRun(
            recording,
            outputs.sinks,
            outputs.reach,
            speed=settings.speed,
            from_s=from_s,
            loop=loop,
            cues=settings.all_cues,
            send_cue=outputs.send_cue,
        )
        opened.pop_all()  # from here on the run closes them
        try:
            replay.start()
            while not (stop.is_set() or replay.finished.is_set()):
                stop.wait(0.1)  # with no limit, Windows would not notice Ctrl-C
        finally:
            replay.close()
