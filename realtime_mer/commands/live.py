"""``realtime-mer`` without a command: the live tracker."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from realtime_mer import __version__, logs
from realtime_mer.addresses import LOOPBACK, format_target
from realtime_mer.calibrations import Calibrations
from realtime_mer.commands.asked import open_log
from realtime_mer.commands.hearing import make_engine, source_request, streams_of
from realtime_mer.commands.outputs import check_cues, open_outputs, tells_anybody
from realtime_mer.commands.signals import stop_on_signals
from realtime_mer.config.where import Place
from realtime_mer.controls import Controls
from realtime_mer.desk.desk import Desk
from realtime_mer.engine import Engine
from realtime_mer.errors import UserError
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.cues import check_cue_streams
from realtime_mer.feel.each import FeelEach
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.live import LiveRun
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.oscquery.opening import announce
from realtime_mer.routes.route import check_dimensions, check_streams
from realtime_mer.settings import Settings
from realtime_mer.sinks.pace import describe_pace
from realtime_mer.sinks.web.hello import hello_fields
from realtime_mer.sources.base import Source
from realtime_mer.sources.each import stream_name
from realtime_mer.sources.opening import open_source

if TYPE_CHECKING:
    from realtime_mer.control_osc import OscControl
    from realtime_mer.sinks.audio import AudioRecorder
    from realtime_mer.sinks.web.way_in import WayIn

MOST_GUESTS = 4
"""Pages that may send their microphone to a live run at one time; for more there is serve."""

GIL_INTERVAL_S = 0.0005
"""How long a busy thread may keep the audio callback waiting; Python's default is 5 ms."""


def run(settings: Settings, place: Place) -> int:
    """Listen until the source ends or somebody stops it.

    Args:
        settings: what was asked for.
        place: where it was written, and where the page saves.

    Returns:
        0 after Ctrl-C, a polite kill or the end of a file; 1 where a file or a pipe
        broke off. A device that is lost does not end the run.

    Raises:
        UserError: where something that was asked for is not possible.
    """
    kept = settings.record or settings.record_audio
    if settings.quiet and not (kept or tells_anybody(settings)):
        raise UserError(
            "Nothing would leave and nothing would be shown: leave out --quiet, --no-osc or "
            "--no-web, or give --record FILE."
        )
    open_log(settings, place)
    check_cues(settings)
    stop = stop_on_signals()
    with ExitStack() as around, ExitStack() as opened:
        request = source_request(settings)
        source, notice = open_source(request)
        opened.callback(source.close)
        streams = streams_of(request, source)
        model = load_model(settings.model, settings.provider)
        check_dimensions(settings.routes, model.dimensions)
        check_streams(settings.routes, streams)
        check_cue_streams(settings.all_cues, streams)
        tracker = make_engine(settings, model, source.rate_hz, streams)
        _warm_up(model)
        controls = _controls(settings, tracker, streams)
        desk = None
        if settings.web:
            desk = Desk(settings, controls, model.dimensions, place.save, streams)
        control = _osc_control(settings, controls) if settings.control else None
        if control:
            around.callback(control.close)
        stream_names = [(number, stream_name(number)) for number in streams]
        hello = hello_fields(
            model=model.name,
            provider=model.provider,
            dimensions=model.dimensions,
            device=source.name,
            rate_hz=source.rate_hz,
            channels=source.channels,
            osc=[format_target(host, port) for host, port in settings.osc],
            version=__version__,
            streams=stream_names,
        )
        outputs = open_outputs(
            settings,
            hello,
            model.dimensions,
            opened,
            record=settings.record,
            controls=True,
            control=control,
            desk=desk,
            streams=stream_names,
            way_in=_guests(settings, model, hello),
        )
        announcement = announce(settings, outputs.web_port, control)
        if announcement:
            around.callback(announcement.close)
        tape = _open_tape(settings, source, opened)
        if tape:
            outputs.reach.troubles.append(tape.trouble)
        if notice:
            logs.notice(notice, logging.WARNING)
        if not settings.quiet and (cost := describe_pace(settings.osc_rate)):
            logs.notice(cost)
        live = LiveRun(
            source,
            tracker,
            outputs.sinks,
            outputs.reach,
            controls=controls,
            delay_s=settings.delay,
            send_cue=outputs.send_cue,
            tape=tape,
        )
        if desk:
            desk.attach(live, outputs.send_routes)
        opened.pop_all()  # from here on the run closes them
        sys.setswitchinterval(GIL_INTERVAL_S)
        gc.collect()
        gc.freeze()  # what exists by now stays: later collections need not look at it
        try:
            live.start()
            while not (stop.is_set() or live.finished.is_set()):
                stop.wait(0.1)  # with no limit, Windows would not notice Ctrl-C
        finally:
            live.close()
    if desk and (names := desk.unsaved()) and not settings.quiet:
        logs.notice(f"Not saved for the next start: {', '.join(names)}.")
    if live.failure is not None:
        logs.notice(f"realtime-mer: {live.failure}", logging.ERROR)
        return 1
    return 0


def _guests(settings: Settings, model: EmotionModel, hello: dict[str, object]) -> WayIn | None:
    """The way in for the microphones of pages, where there is a page."""
    if settings.web is None:
        return None
    from realtime_mer.serve.hall import QUEUE_S
    from realtime_mer.serve.ingest import Ingest
    from realtime_mer.streams import ManyTracker

    many = ManyTracker(model, gate_db=settings.gate, queue_s=QUEUE_S)
    return Ingest(many, hello, most=MOST_GUESTS, alone=False)


def _warm_up(model: EmotionModel) -> None:
    """Run the model once: the first call plans its memory and is ten times slower."""
    model.step(
        np.zeros((1, FRONT_END.frames_per_step, FRONT_END.bands), np.float32),
        model.initial_state(),
    )


def _open_tape(settings: Settings, source: Source, opened: ExitStack) -> AudioRecorder | None:
    if settings.record_audio is None:
        return None
    from realtime_mer.sinks.audio import AudioRecorder

    tape = AudioRecorder(settings.record_audio, source.rate_hz, source.channels)
    opened.callback(tape.close)
    return tape


def _controls(settings: Settings, tracker: Engine, streams: Sequence[int]) -> Controls:
    """What shapes the estimates, as the settings have it, with its levers."""
    store = Calibrations()
    model = tracker.model
    calibration = None
    if settings.calibration is not None:
        calibration = store.load(settings.calibration, model.dimensions)
        if calibration.model not in ("", model.name):
            logs.notice(
                f"The calibration '{calibration.name}' was learned with the model "
                f"{calibration.model}: calibrate again where its range does not fit.",
                logging.WARNING,
            )

    def make_feel(stream: int = 0) -> Feel:
        return Feel(
            model.dimensions,
            model.name,
            calibration=calibration,
            adapt_s=60.0 * settings.adapt,
            rise_s=settings.rise,
            fall_s=settings.fall,
            cues=[cue for cue in settings.all_cues if cue.stream == stream],
        )

    return Controls(tracker, FeelEach(streams, make_feel) if streams else make_feel(), store)


def _osc_control(settings: Settings, controls: Controls) -> OscControl:
    from realtime_mer.control_osc import OscControl

    host, port = settings.control or ("", 0)
    if not host:  # the network where somebody of it may send, else this machine alone
        host = "0.0.0.0" if settings.control_from else "127.0.0.1"
    control = OscControl(host, port, controls, (*LOOPBACK, *settings.control_from))
    if not settings.quiet:
        logs.notice(f"Control by OSC at {format_target(host, control.port)}.")
    return control
