"""Everything a run hands its estimates to, opened as the settings have it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_mer.broker import Broker
from realtime_mer.errors import UserError
from realtime_mer.logs import notice, show_on
from realtime_mer.reach import Reach
from realtime_mer.settings import Settings
from realtime_mer.sinks.base import Sink
from realtime_mer.sinks.supervisor import open_supervisor

if TYPE_CHECKING:
    from realtime_mer.control_osc import OscControl
    from realtime_mer.desk.desk import Desk
    from realtime_mer.desk.routes import SendsRoutes
    from realtime_mer.feel.cues import CueFired
    from realtime_mer.sinks.osc import OscSink
    from realtime_mer.sinks.web.way_in import WayIn
    from realtime_mer.tls import ServerTls

SOON_DAYS = 14.0
"""Before the end of a certificate it is said that it ends."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What was opened.

    Attributes:
        sinks: in the order in which they are told.
        reach: who can be told.
        osc: the one of them that sends OSC, or None.
        web_port: the port of the page, or None where there is none.
        send_routes: those that send routes, and can be given others.
    """

    sinks: list[Sink]
    reach: Reach
    osc: OscSink | None
    web_port: int | None = None
    send_routes: tuple[SendsRoutes, ...] = ()

    @property
    def send_cue(self) -> Callable[[CueFired], None] | None:
        """Sends the message of a cue; None where no OSC leaves."""
        osc = self.osc
        if osc is None:
            return None
        return lambda cue: osc.send(cue.address, cue.arguments, cue.target)


def open_outputs(
    settings: Settings,
    hello: Mapping[str, object],
    dimensions: Sequence[str],
    opened: ExitStack,
    *,
    record: Path | None = None,
    controls: bool = False,
    control: OscControl | None = None,
    desk: Desk | None = None,
    streams: Sequence[tuple[int, str]] = (),
    way_in: WayIn | None = None,
) -> Outputs:
    """Open the sinks of a run.

    Args:
        settings: which ones, and where to.
        hello: what a page or a recording says of the run before its first estimate.
        dimensions: names of the model's dimensions.
        opened: is given what closes each of them.
        record: where to write the estimates, or None.
        controls: whether something can be set by hand while it runs.
        control: takes control by OSC, or None.
        desk: does what a page asks for, or None.
        streams: number and name of each, where the run has several.
        way_in: takes sound from pages, or None.

    Raises:
        UserError: one of them cannot be opened.
    """
    sinks: list[Sink] = []
    describes: list[SendsRoutes] = []
    reach = Reach()
    if control:
        reach.control_refused = lambda: control.errors
    url = None
    osc = None
    web = None

    def add(sink: Sink) -> None:
        sinks.append(sink)
        opened.callback(sink.close)

    if settings.web:
        from realtime_mer.oscquery.opening import Described, query_host
        from realtime_mer.sinks.web import WebSink

        host, port = settings.web
        query = query_host(
            settings, dimensions, controls=controls, control=control, streams=streams
        )
        describes.append(Described(query, settings, dimensions, control, streams))
        web = WebSink(
            host,
            port,
            hello=hello,
            token=settings.token,
            insecure=settings.insecure,
            tls=page_tls(settings),
            origins=settings.allow_origin,
            query=query,
            take_control=control.take if control else None,
            desk=desk,
            way_in=way_in,
            reach=reach,
        )
        opened.callback(web.close)
        if settings.tls_cert and not settings.quiet:
            notice(f"The page is at {web.url}, the stream at {web.stream_url}.")
    if _sends_osc(settings) or web:
        from realtime_mer.sinks.osc import OscSink

        osc = OscSink(
            settings.osc,
            routes=settings.routes,
            rate_hz=settings.osc_rate,
            unit_range=settings.osc_range == "0..1",
            bundled=settings.osc_bundle,
            standard=settings.standard,
            listener=web.take_osc if web else None,
        )
        reach.osc_targets = osc.describe
        add(osc)
    midi = None
    if desk or any(route.midi for route in settings.routes):
        from realtime_mer.sinks.midi import MidiSink

        midi = MidiSink(settings.routes, settings.osc_rate)
        add(midi)
    if web:
        reach.web_clients = web.clients
        reach.web_refused = web.refused
        url = web.url
        sinks.append(web)
    if settings.mqtt:
        from realtime_mer.sinks.mqtt import MqttSink

        add(MqttSink(_with_password(settings.mqtt, settings.mqtt_password)))
    supervisor = open_supervisor()
    if supervisor:
        add(supervisor)
    if record:
        from realtime_mer.sinks.recorder import Recorder

        recorder = Recorder(record, header={"dimensions": list(dimensions), **hello})
        reach.troubles.append(recorder.trouble)
        add(recorder)
    if not settings.quiet:
        add(_terminal(dimensions, url, streams))
    # MIDI first, since it may refuse: then nobody else has changed anything yet.
    send_routes = (*([midi] if midi else ()), *([osc] if osc else ()), *describes)
    return Outputs(sinks, reach, osc, web.port if web else None, send_routes)


def page_tls(settings: Settings) -> ServerTls | None:
    """The certificate and its key, or None where the page is served without."""
    if settings.tls_cert is None:
        if settings.tls_key is not None:
            raise UserError("A key alone is no TLS: give its certificate with --tls-cert FILE.pem.")
        return None
    from realtime_mer.tls import days_left, load_pair

    pair = load_pair(settings.tls_cert, settings.tls_key)
    if (days := days_left(pair)) < SOON_DAYS:
        log.warning("The certificate in %s ends in %.0f days.", settings.tls_cert, days)
    return pair


def check_cues(settings: Settings) -> None:
    """Raise UserError for a cue that nobody would receive."""
    for cue in settings.all_cues:
        if cue.target is None and not settings.osc:
            raise UserError(
                f"The cue {cue.address} has no receiver: write 'to HOST:PORT' at its end, "
                "or give --osc HOST:PORT."
            )


def tells_anybody(settings: Settings) -> bool:
    """Whether what a run says leaves: to a receiver, a MIDI port, a broker or the page."""
    has_midi = any(route.midi for route in settings.routes)
    return bool(settings.web or settings.mqtt or has_midi or _sends_osc(settings))


def _sends_osc(settings: Settings) -> bool:
    """Whether anybody is sent OSC: receivers of everything, or of a route or a cue alone."""
    return bool(
        settings.osc
        or any(route.targets for route in settings.routes)
        or any(cue.target for cue in settings.all_cues)
    )


def _with_password(broker: Broker, password: str | None) -> Broker:
    """Return the broker with the password that was given apart, which stands in no URL."""
    if password is None or broker.user is None or broker.password is not None:
        return broker
    return replace(broker, password=password)


def _terminal(
    dimensions: Sequence[str], url: str | None, streams: Sequence[tuple[int, str]]
) -> Sink:
    from rich.console import Console

    from realtime_mer.sinks.terminal import TerminalSink

    console = Console()
    terminal = TerminalSink(console, dimensions=dimensions, url=url, streams=streams)
    if console.is_terminal and sys.stderr is not None and sys.stderr.isatty():
        show_on(terminal.log_handler())  # above the picture rather than through it
    return terminal
