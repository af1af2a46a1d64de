"""OSCQuery of a run, as the settings have it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from realtime_mer.oscquery.host import QueryHost
from realtime_mer.oscquery.method import Method
from realtime_mer.oscquery.space import StreamName, address_space

if TYPE_CHECKING:
    from realtime_mer.control_osc import OscControl
    from realtime_mer.oscquery.announce import Announcement
    from realtime_mer.routes.route import Route
    from realtime_mer.settings import Settings


def query_host(
    settings: Settings,
    dimensions: Sequence[str],
    *,
    controls: bool,
    control: OscControl | None,
    streams: Sequence[StreamName] = (),
) -> QueryHost:
    """Return what answers for a run.

    Args:
        settings: what is sent, and how.
        dimensions: of the model.
        controls: whether something can be set by hand while it runs.
        control: takes control by OSC, or None.
        streams: number and name of each, where a run has several.
    """
    methods = _methods(
        settings, dimensions, settings.routes, streams, controls=controls, control=control
    )
    taken = (_own_address(control.host), control.port) if control else None
    return QueryHost(_name(), methods, taken)


class Described:
    """What OSCQuery says of the routes of a run, as they change.

    Args:
        host: answers for the run.
        settings: it was started with.
        dimensions: of the model.
        control: takes control by OSC, or None.
        streams: number and name of each, where the run has several.
    """

    def __init__(
        self,
        host: QueryHost,
        settings: Settings,
        dimensions: Sequence[str],
        control: OscControl | None,
        streams: Sequence[StreamName] = (),
    ) -> None:
        self._host = host
        self._streams = tuple(streams)
        self._settings = settings
        self._dimensions = dimensions
        self._control = control

    def set_routes(self, routes: Sequence[Route]) -> None:
        """Describe these."""
        self._host.change(
            _methods(
                self._settings,
                self._dimensions,
                routes,
                self._streams,
                controls=True,
                control=self._control,
            )
        )


def _methods(
    settings: Settings,
    dimensions: Sequence[str],
    routes: Sequence[Route],
    streams: Sequence[StreamName],
    *,
    controls: bool,
    control: OscControl | None,
) -> list[Method]:
    return address_space(
        dimensions,
        standard=settings.standard,
        unit_range=settings.osc_range == "0..1",
        controls=controls,
        control_in=control is not None,
        routes=[route for route in routes if route.on],
        cues=settings.all_cues,
        streams=streams,
    )


def announce(
    settings: Settings, web_port: int | None, control: OscControl | None = None
) -> Announcement | None:
    """Announce by Zeroconf where OSCQuery is answered and control taken.

    Args:
        settings: where the page is served, and whether to announce.
        web_port: the port that was taken, or None where there is no page.
        control: takes control by OSC, or None.

    Returns:
        None where there is nothing to announce, or it is not wanted.
    """
    if not settings.announce or settings.web is None or web_port is None:
        return None
    from realtime_mer.oscquery.announce import OSC_JSON, OSC_UDP, Announcement, Service

    services = []
    if settings.tls_cert is None:  # whoever looks for OSCQuery speaks no TLS
        services.append(Service(OSC_JSON, settings.web[0], web_port))
    if control is not None:
        services.append(Service(OSC_UDP, control.host, control.port))
    if not services:
        return None
    return Announcement(_name(), services)


def _name() -> str:
    from realtime_mer.oscquery.announce import tracker_name

    return tracker_name(socket.gethostname())


def _own_address(host: str) -> str:
    """Return an address, or "" for the wildcard, which a client cannot send to."""
    return "" if ipaddress.ip_address(host.partition("%")[0]).is_unspecified else host
