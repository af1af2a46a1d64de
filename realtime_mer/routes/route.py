"""A route: which values go where, in which range, bent and smoothed how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from realtime_mer.errors import UserError
from realtime_mer.feel.smoothing import OnePole
from realtime_mer.routes.curves import Curve
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.sources import Source

Argument = int | float | str
"""An argument of an OSC message: an ``i``, an ``f`` or an ``s``."""
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lane:
    """One source of a route with its ranges; both may run downwards."""

    source: Source
    range_in: Range = (0.0, 1.0)
    range_out: Range = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class MidiControl:
    """Where a control change goes.

    Attributes:
        port: part of the port's name.
        channel: 1 to 16, as people count them.
        control: number of the controller, 0 to 127.
    """

    port: str
    channel: int = 1
    control: int = 1


@dataclass(frozen=True, slots=True)
class Route:
    """What is sent, as it was written.

    Attributes:
        address: of OSC, or "" for a route to MIDI alone.
        lanes: one for each source, in the order of the message.
        clip: whether values stay inside the ranges.
        curve: between them.
        rise_s: time constant while the value that is sent grows, in seconds.
        fall_s: while it falls.
        before: arguments that come first in every message.
        after: arguments that come last.
        targets: OSC receivers, host and port; () for those of ``--osc``.
        integer: whether numbers are rounded and sent as ``i``.
        on_change: whether a message equal to the last one is left out.
        midi: where it goes as a control change, or None.
        on: whether it is sent at all.
        stream: which one's values it sends, where a run has several; else 0.
    """

    address: str
    lanes: tuple[Lane, ...]
    clip: bool = True
    curve: Curve = field(default_factory=Curve)
    rise_s: float = 0.0
    fall_s: float = 0.0
    before: tuple[Argument, ...] = ()
    after: tuple[Argument, ...] = ()
    targets: tuple[tuple[str, int], ...] = ()
    integer: bool = False
    on_change: bool = False
    midi: MidiControl | None = None
    on: bool = True
    stream: int = 0

    @property
    def name(self) -> str:
        """What to call it: its address, or its place in MIDI."""
        if self.address or self.midi is None:
            return self.address
        return f"{self.midi.port} channel {self.midi.channel} control {self.midi.control}"


def map_value(value: float, route: Route, lane: Lane) -> float:
    """Bring a value from the range of its source into the one that goes out.

    Returns:
        A number that lies inside ``lane.range_out`` if the route clips.
    """
    begin, end = lane.range_in
    position = (value - begin) / (end - begin)
    if route.clip:
        position = min(max(position, 0.0), 1.0)
    bent = route.curve(position)
    first, last = lane.range_out
    value = first + bent * (last - first)
    if route.clip:  # rounding may miss the end by one unit in the last place
        value = min(max(value, min(first, last)), max(first, last))
    return value


def check_dimensions(routes: Sequence[Route], dimensions: Sequence[str]) -> None:
    """Refuse routes that need what the model does not say.

    Raises:
        UserError: with the route, the dimension and those there are.
    """
    for route in routes:
        for lane in route.lanes:
            needed = lane.source.dimension
            if needed and needed not in dimensions:
                raise UserError(
                    f"The route {route.name} sends {lane.source.name}, which this model does not "
                    f"estimate: choose from {', '.join(dimensions)}, or another --model."
                )


def check_streams(routes: Sequence[Route], streams: Sequence[int]) -> None:
    """Refuse routes that do not say which stream they send, or name one that is not there.

    Args:
        routes: of a run.
        streams: numbers of its streams; none where it has one alone.

    Raises:
        UserError: with the route, and what to write in it.
    """
    for route in routes:
        if route.stream and not streams:
            raise UserError(
                f"The route {route.name} sends stream {route.stream}, but this run has one stream: "
                "leave out stream, or start with --channels each."
            )
        if streams and route.stream not in streams:
            there = f"stream = {streams[0]} to {streams[-1]}"
            said = f"stream {route.stream}, which is not there" if route.stream else "no stream"
            raise UserError(
                f"The route {route.name} names {said}, and one message cannot carry "
                f"{len(streams)}: write {there} in it."
            )


def run_routes(routes: Iterable[Route], running: Iterable[RunningRoute]) -> list[RunningRoute]:
    """Set routes to work; those that were at work already go on from where they are."""
    known: dict[Route, list[RunningRoute]] = {}
    for each in running:
        known.setdefault(each.route, []).append(each)
    return [known[r].pop() if known.get(r) else RunningRoute(r) for r in routes]


class RunningRoute:
    """A route at work: remembers where its values are.

    Args:
        route: what to do.
    """

    def __init__(self, route: Route) -> None:
        self.route = route
        self._poles = [OnePole(route.rise_s, route.fall_s) for _ in route.lanes]
        self._time_s: float | None = None
        self._sent: tuple[Argument, ...] | None = None

    def arguments(self, moment: Moment, time_s: float) -> tuple[Argument, ...] | None:
        """Return the arguments of the message for a moment, or None where none is due.

        Args:
            moment: what is known; that of another stream is none of this route's business.
            time_s: when that is, on any clock that does not jump.
        """
        if moment.stream != self.route.stream:
            return None
        values = self.values(moment, time_s)
        arguments = (*self.route.before, *values, *self.route.after)
        if self.route.on_change and arguments == self._sent:
            return None
        self._sent = arguments
        return arguments

    def values(self, moment: Moment, time_s: float) -> list[Argument]:
        """Return what each source becomes, without the fixed arguments; moves on as well."""
        interval_s = 0.0 if self._time_s is None else max(time_s - self._time_s, 0.0)
        self._time_s = time_s
        values: list[Argument] = []
        for lane, pole in zip(self.route.lanes, self._poles, strict=True):
            value = lane.source.read(moment)
            if isinstance(value, str):
                values.append(value)
                continue
            smooth = pole.step(map_value(value, self.route, lane), interval_s)
            values.append(round(smooth) if self.route.integer else smooth)
        return values

    def repeat(self) -> None:
        """Say the next message even if it is not news, to somebody who missed the last."""
        self._sent = None

    def reset(self) -> None:
        """Begin anew: the next message is due, at its value."""
        for pole in self._poles:
            pole.reset()
        self._time_s = None
        self._sent = None
