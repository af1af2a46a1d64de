"""``realtime-mer calibrate``: learn a band's own range at the sound check."""

from __future__ import annotations

import argparse
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from realtime_mer import logs
from realtime_mer.calibrations import LATEST, Calibrations, check_name
from realtime_mer.commands.asked import add_config_flag, asked_settings, open_log
from realtime_mer.errors import UserError
from realtime_mer.flags import add_flags
from realtime_mer.settings import Settings

if TYPE_CHECKING:
    from realtime_mer.estimate import Estimate, Status
    from realtime_mer.feel.calibration import Calibration
    from realtime_mer.feel.learning import Calibrator

DEFAULT_S = 120.0
LOOK_S = 0.1
INTERRUPTED = 130

SETTINGS = (
    "device", "channels", "rate", "format", "speed", "gate", "gain", "model", "provider",
)  # fmt: skip

DESCRIPTION = """\
Listens while the band plays as it will play, and learns where its arousal and valence
lie and how far they go. realtime-mer --calibration NAME then spreads that range over the
whole scale. Silence does not count as time.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "calibrate",
        help="learn the band's own range at the sound check",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=DEFAULT_S,
        metavar="N",
        help=f"of music to learn from, 10 to 3600 (default: {DEFAULT_S:.0f})",
    )
    parser.add_argument(
        "--name", default=LATEST, help=f"to keep it under, such as tuesday (default: {LATEST})"
    )
    parser.add_argument(
        "--list", dest="show", action="store_true", default=False, help="list those there are"
    )
    parser.add_argument("--forget", metavar="NAME", default=None, help="delete one")
    groups = add_flags(parser, SETTINGS)
    add_config_flag(groups["the model"])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Learn, print and keep a calibration.

    Returns:
        0 when it is kept, 1 where a file broke off, 130 after Ctrl-C.

    Raises:
        UserError: where something that was asked for is not possible, or there was less
            than 10 s of music.
    """
    store = Calibrations()
    if arguments.forget is not None:
        store.forget(arguments.forget)
        print(f"'{arguments.forget}' is forgotten.")
        return 0
    if arguments.show:
        _print_list(store)
        return 0
    if not 10.0 <= arguments.seconds <= 3600.0:
        raise UserError(
            f"{arguments.seconds:g} seconds are none of 10 to 3600: choose how much music to "
            "learn from, as in --seconds 120."
        )
    name = check_name(arguments.name)
    settings, place = asked_settings(arguments)
    open_log(settings, place)
    try:
        calibration = _listen(settings, arguments.seconds)
    except KeyboardInterrupt:
        logs.notice("Stopped: nothing was kept.", logging.WARNING)
        return INTERRUPTED
    if calibration is None:
        return 1
    made = datetime.now(UTC).isoformat(timespec="seconds")
    path = store.save(replace(calibration, name=name, made=made))
    ended = ", where the sound ended" if calibration.seconds < arguments.seconds else ""
    print(f"Learned from {calibration.seconds:.1f} s of music{ended}:\n{table(calibration)}")
    for dimension in _narrow(calibration):
        print(f"The {dimension} hardly moved: play as in the show for a truer range.")
    quoted = f'"{name}"' if " " in name else name
    print(f"Kept as '{name}' in {path}: realtime-mer --calibration {quoted} uses it.")
    return 0


def table(calibration: Calibration) -> str:
    """Return centre, spread and what becomes the whole scale, a line for each dimension."""
    width = max(map(len, calibration.dimensions))
    lines = [f"  {'':{width}}  centre  spread  from … to"]
    for name, centre, spread in zip(
        calibration.dimensions, calibration.centre, calibration.spread, strict=True
    ):
        lines.append(
            f"  {name:{width}}  {centre:+.3f}  {spread:6.3f}  "
            f"{centre - spread:+.2f} … {centre + spread:+.2f}"
        )
    return "\n".join(lines)


class Learner:
    """A sink that learns.

    Args:
        calibrator: what it learns with.
    """

    def __init__(self, calibrator: Calibrator) -> None:
        self.calibrator = calibrator
        self.state = "waiting"
        self.done = threading.Event()

    def publish(self, estimate: Estimate) -> None:
        """Learn from one estimate."""
        self.calibrator.take(estimate)
        if self.calibrator.done:
            self.done.set()

    def report(self, status: Status) -> None:
        """Remember whether there is music."""
        self.state = status.state

    def close(self) -> None:
        """Nothing is open."""


def _listen(settings: Settings, seconds: float) -> Calibration | None:
    """Hear so much music, or a file to its end; None where the file broke off."""
    from realtime_mer.commands.hearing import source_request
    from realtime_mer.feel.learning import Calibrator
    from realtime_mer.live import LiveRun
    from realtime_mer.model import load_model
    from realtime_mer.sources.each import parse_each
    from realtime_mer.sources.opening import open_source
    from realtime_mer.tracker import Tracker

    if parse_each(settings.channels):
        raise UserError(
            "A calibration is learned from one stream: give --channels the numbers of its "
            "channels, such as 3,4."
        )
    source, notice = open_source(source_request(settings))
    try:
        model = load_model(settings.model, settings.provider)
        tracker = Tracker(source.rate_hz, model, gate_db=settings.gate)
        tracker.gain_db = settings.gain
        learner = Learner(Calibrator(model.dimensions, seconds))
    except BaseException:
        source.close()
        raise
    if notice:
        logs.notice(notice, logging.WARNING)
    run = LiveRun(source, tracker, [learner])
    try:
        run.start()
        _show_progress(learner, run.finished, source.name, seconds)
    finally:
        run.close()
    if run.failure is not None:
        logs.notice(f"realtime-mer: {run.failure}", logging.ERROR)
        return None
    return learner.calibrator.result(model=model.name)


def _show_progress(
    learner: Learner, finished: threading.Event, source: str, seconds: float
) -> None:
    """Show how much music was heard until it is enough or there is no more."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:.0f}/{task.total:.0f} s"),
        console=console,
        transient=True,
        expand=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(source, total=seconds)
        while not (learner.done.is_set() or finished.is_set()):
            learner.done.wait(LOOK_S)
            heard_s = learner.calibrator.heard_s
            waits = "" if heard_s else ": no music yet"
            if heard_s and learner.state == "silent":
                waits = ": silence, which does not count"
            progress.update(task, completed=heard_s, description=f"{source}{waits}")


def _narrow(calibration: Calibration) -> list[str]:
    from realtime_mer.feel.calibration import LEAST_SPREAD

    pairs = zip(calibration.dimensions, calibration.spread, strict=True)
    return [name for name, spread in pairs if spread <= LEAST_SPREAD]


def _print_list(store: Calibrations) -> None:
    names = store.names()
    if not names:
        print("There is no calibration yet: make one with realtime-mer calibrate --name NAME.")
    for name in names:
        try:
            calibration = store.load(name)
        except UserError as error:
            print(f"{name}: {error}")
            continue
        print(f"{calibration.name}, made {calibration.made}, from {calibration.seconds:.0f} s:")
        print(table(calibration))
