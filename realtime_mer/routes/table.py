"""A route as a table again: the way back from :func:`~realtime_mer.routes.parse.parse_route`."""

from __future__ import annotations

from typing import Any

from realtime_mer.addresses import format_target
from realtime_mer.routes.curves import Curve
from realtime_mer.routes.route import Range, Route


def route_table(route: Route) -> dict[str, Any]:
    """Return the table a route can be written as, without what is so by default.

    Returns:
        Values as TOML has them; parsing it gives an equal route.
    """
    names = [lane.source.name for lane in route.lanes]
    numbers = [lane for lane in route.lanes if lane.source.natural is not None]
    whole = (0.0, 127.0) if route.midi else (0.0, 1.0)
    table: dict[str, Any] = {}
    if route.address:
        table["address"] = route.address
    if route.midi:
        midi = route.midi
        table["midi"] = {"port": midi.port, "channel": midi.channel, "cc": midi.control}
    table["source"] = names[0] if len(names) == 1 else names
    if any(lane.range_in != lane.source.natural for lane in numbers):
        table["in"] = _ranges([lane.range_in for lane in numbers])
    if any(lane.range_out != whole for lane in numbers):
        table["out"] = _ranges([lane.range_out for lane in numbers])
    if not route.clip:
        table["clip"] = False
    if route.curve.name != Curve().name:
        table["curve"] = route.curve.name
    if route.curve.name == "exponent":
        table["exponent"] = route.curve.exponent
    for key, seconds in (("rise", route.rise_s), ("fall", route.fall_s)):
        if seconds:
            table[key] = seconds
    for key, arguments in (("before", route.before), ("after", route.after)):
        if arguments:
            table[key] = list(arguments)
    if route.integer and not route.midi:
        table["type"] = "integer"
    if route.on_change != (route.midi is not None or not numbers):
        table["on_change"] = route.on_change
    if route.targets:
        table["target"] = [format_target(*target) for target in route.targets]
    if route.stream:
        table["stream"] = route.stream
    if not route.on:
        table["on"] = False
    return table


def _ranges(ranges: list[Range]) -> list[Any]:
    same = all(each == ranges[0] for each in ranges)
    return list(ranges[0]) if same else [list(each) for each in ranges]
