"""``realtime-mer serve``: sound from others over WebSocket, a stream for each."""

from __future__ import annotations

import argparse
import gc
import math
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from realtime_mer import __version__, logs
from realtime_mer.commands.asked import add_config_flag, asked_settings, open_log
from realtime_mer.errors import UserError
from realtime_mer.estimate import SILENT_LEVEL_DB, STEP_S, Status
from realtime_mer.flags import add_flags
from realtime_mer.settings import Settings

if TYPE_CHECKING:
    from realtime_mer.serve.ingest import Ingest
    from realtime_mer.serve.visitor import Rules
    from realtime_mer.streams import ManyTracker

SETTINGS = (
    "gate", "silence", "web", "token", "insecure", "tls_cert", "tls_key", "allow_origin",
    "model", "provider", "quiet", "log_level", "log_format",
)  # fmt: skip

STREAMS = 256
MOST_STREAMS = 100_000
IDLE_S = 30.0
SPEED = 1.25
OTHER_CLIENTS = 64
"""Pages and programs beside those that send sound."""

DESCRIPTION = """\
Listens to many at once: browsers, phones and programs send their sound over WebSocket, each
is a stream of its own, and each gets its own estimates back, twice a second. All that are
due share one call of the model. The page at http://127.0.0.1:8765 sends the microphone of
whoever opens it; a program sends one message that says what comes, then samples:

  → {"type": "format", "rate_hz": 48000, "channels": 1, "format": "s16", "name": "stage left"}
  → binary messages of samples, as they are heard, and at the end {"type": "end"}
  ← {"type": "hello", …}, then {"type": "estimate", "arousal": 0.41, "valence": -0.12, …}

at ws://127.0.0.1:8765/ingest; docs/serve.md has the rest.
"""

EXAMPLES = """\
examples:
  realtime-mer serve                               for this machine alone
  realtime-mer serve --web 0.0.0.0:8765 --token WORD --tls-cert cert.pem --tls-key key.pem
                                                   for phones too: a browser gives its microphone
                                                   to pages of this machine, or by https
  realtime-mer serve --streams 1000 --provider cuda
  realtime-mer serve --speed max                   files as fast as they come, not only live sound
  python examples/serve/send.py song.wav           a client; prints what comes back
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "serve",
        help="track the sound that browsers, phones and programs send, a stream for each",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--streams", default=str(STREAMS), metavar="N",
        help=f"streams at one time; the next is told to come later (default: {STREAMS})",
    )  # fmt: skip
    limits.add_argument(
        "--speed", dest="pace", default=f"{SPEED:g}", metavar="X",
        help="how much faster than real time sound may come, max for as fast as it goes; who "
        f"sends faster is slowed down (default: {SPEED:g})",
    )  # fmt: skip
    limits.add_argument(
        "--idle", default=f"{IDLE_S:g}", metavar="SECONDS",
        help=f"who sends no sound for so long is sent away (default: {IDLE_S:g})",
    )  # fmt: skip
    groups = add_flags(parser, SETTINGS)
    add_config_flag(groups["the program"])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until somebody stops it; return 0.

    Raises:
        UserError: where something that was asked for is not possible.
    """
    from realtime_mer.serve.visitor import Rules

    settings, place = asked_settings(arguments)
    open_log(settings, place)
    if settings.web is None:
        raise UserError("Without a port nobody can send anything: leave out --no-web.")
    most = _number(arguments.streams, "--streams", 1, MOST_STREAMS, "100", whole=True)
    rules = Rules(
        speed=_number(arguments.pace, "--speed", 0.1, math.inf, "2 or max"),
        idle_s=_number(arguments.idle, "--idle", 1, 86_400, "30"),
    )
    _serve(settings, int(most), rules)
    return 0


def _serve(settings: Settings, most: int, rules: Rules) -> None:
    from realtime_mer.commands.outputs import page_tls
    from realtime_mer.commands.signals import stop_on_signals
    from realtime_mer.model import load_model
    from realtime_mer.serve.hall import GATHER_S, QUEUE_S
    from realtime_mer.serve.ingest import Ingest
    from realtime_mer.sinks.supervisor import open_supervisor
    from realtime_mer.sinks.web import WebSink
    from realtime_mer.sinks.web.clients import Limits
    from realtime_mer.sinks.web.hello import hello_fields
    from realtime_mer.streams import ManyTracker

    assert settings.web is not None
    stop = stop_on_signals()
    # Clients begin when they like: of so many, this share ends a step in the same moments.
    together = round(most * GATHER_S / STEP_S)
    model = load_model(settings.model, settings.provider, batch=together)
    fields = hello_fields(
        model=model.name,
        provider=model.provider,
        dimensions=model.dimensions,
        device="",
        rate_hz=0,
        channels=0,
        osc=[],
        version=__version__,
    )
    hold = settings.silence == "hold"
    many = ManyTracker(model, gate_db=settings.gate, hold=hold, queue_s=QUEUE_S)
    warm_up(many)
    ingest = Ingest(many, fields, most=most, rules=rules)
    with ExitStack() as opened:
        web = WebSink(
            *settings.web,
            hello=fields,
            token=settings.token,
            insecure=settings.insecure,
            tls=page_tls(settings),
            origins=settings.allow_origin,
            limits=Limits(clients=most + OTHER_CLIENTS),
            way_in=ingest,
        )
        opened.callback(web.close)
        if not settings.quiet:
            ingest_url = web.stream_url.removesuffix("ws") + "ingest"
            print(f"The page is at {web.url}, sound goes to {ingest_url}.", flush=True)
            print(f"{most} streams at most, on {model.provider}. Ctrl-C stops it.", flush=True)
        supervisor = open_supervisor()
        if supervisor:
            opened.callback(supervisor.close)
        gc.collect()
        gc.freeze()  # what exists by now stays: later collections need not look at it
        started_s = report_s = time.monotonic()
        while not stop.is_set():
            if time.monotonic() >= report_s:
                report_s += 1.0
                status = _status(ingest, model.name, model.provider, time.monotonic() - started_s)
                web.report(status)
                if supervisor:
                    supervisor.report(status)
            stop.wait(0.1)  # with no limit, Windows would not notice Ctrl-C
    if not settings.quiet:
        streams, sound_s = ingest.tally.streams, ingest.tally.sound_s
        logs.notice(f"Served {streams} streams, {sound_s:.0f} s of sound.")


def warm_up(many: ManyTracker) -> None:
    """Track a second of noise, so that the first client does not wait for compilers."""
    number = many.add(48_000)
    many.listen(number, np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32))
    many.tick()
    many.remove(number)


def _status(ingest: Ingest, model: str, provider: str, uptime_s: float) -> Status:
    """How the server is doing, as a run says it."""
    streams = len(ingest)
    return Status(
        sequence=-1,
        time_s=round(uptime_s, 3),
        drops=0,
        level_db=SILENT_LEVEL_DB,
        state="serving",
        device=f"{streams} stream{'s' * (streams != 1)}",
        rate_hz=0,
        channels=0,
        model=model,
        provider=provider,
        message=ingest.trouble(time.monotonic()).capitalize(),
    )


def _number(
    text: str, flag: str, lowest: float, highest: float, example: str, *, whole: bool = False
) -> float:
    """Read a limit.

    Raises:
        UserError: it is no number within its bounds.
    """
    try:
        value = math.inf if text.strip() == "max" and highest == math.inf else float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest or (whole and value != int(value)):
        raise UserError(f"{flag}: {text!r} will not do: write a number such as {example}.")
    return value
