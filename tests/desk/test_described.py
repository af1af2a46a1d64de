"""OSCQuery describes the routes there are now."""

from __future__ import annotations

from http import HTTPStatus

from realtime_mer.oscquery.opening import Described, query_host
from realtime_mer.routes.parse import parse_route
from realtime_mer.settings import Settings
from realtime_mer.sinks.osc_packet import message

DIMENSIONS = ("arousal", "valence")


def test_the_tree_follows_the_routes() -> None:
    """A route that comes is there, one that is off or gone is not, and known values stay."""
    settings = Settings(routes=(parse_route({"address": "/one", "source": "arousal"}),))
    host = query_host(settings, DIMENSIONS, controls=True, control=None)
    host.take([message("/mer/arousal", 0.5)])
    described = Described(host, settings, DIMENSIONS, None)
    assert host.answer("/one", "", 1).status is HTTPStatus.OK
    described.set_routes(
        [
            parse_route({"address": "/two", "source": "valence"}),
            parse_route({"address": "/three", "source": "valence", "on": False}),
        ]
    )
    assert host.answer("/one", "", 1).status is HTTPStatus.NOT_FOUND
    assert host.answer("/two", "", 1).status is HTTPStatus.OK
    assert host.answer("/three", "", 1).status is HTTPStatus.NOT_FOUND
    assert "/two" in host.addresses
    assert b"0.5" in host.answer("/mer/arousal", "VALUE", 1).body
