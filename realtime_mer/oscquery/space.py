"""Every address of a run, from what is set: the standard ones, routes, cues and control."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from realtime_mer.calibrations import STOP
from realtime_mer.control.bounds import LONGEST_CALIBRATION_S, MOST_GAIN_DB
from realtime_mer.estimate import SILENT_LEVEL_DB
from realtime_mer.feel.cues import Cue
from realtime_mer.feel.learning import LEAST_MUSIC_S
from realtime_mer.feel.words import WORDS
from realtime_mer.oscquery.method import NOTHING, READ, WRITE, Method, Range
from realtime_mer.routes.route import Argument, Lane, Route

SWITCH: Range = {"MIN": 0, "MAX": 1}
StreamName = tuple[int, str]
MOODS: Range = {"VALS": list(WORDS)}

# Of OSC 1.0: what makes an address a pattern, and what no name may hold.
_NO_PLAIN_ADDRESS = re.compile(r"[ #*,?\[\]{}]|//")


def address_space(
    dimensions: Sequence[str],
    *,
    standard: bool = True,
    unit_range: bool = False,
    controls: bool = False,
    control_in: bool = False,
    routes: Iterable[Route] = (),
    cues: Iterable[Cue] = (),
    streams: Sequence[StreamName] = (),
) -> list[Method]:
    """Return what a run sends and takes, in the order in which a person would look for it.

    A route or cue whose address is a pattern has no place: it names many methods of its
    receiver, and none of ours.

    Args:
        dimensions: of the model.
        standard: whether the standard addresses are sent.
        unit_range: whether they have 0..1 in place of -1..1.
        controls: whether something can be set by hand, and is said.
        control_in: whether control by OSC is taken.
        routes: those without an address are left out.
        cues: their messages.
        streams: number and name of each, where a run has several.
    """
    methods: list[Method] = []
    if standard:
        for place, whose in _places(streams):
            methods += _standard(dimensions, unit_range, place, whose)
        methods.append(_status())
        methods += _settings_by_hand() if controls else []
    methods += [_route(route) for route in routes if _is_plain(route.address)]
    methods += [_cue(cue) for cue in cues if _is_plain(cue.address)]
    methods += _control_in() if control_in else []
    return methods


def _places(streams: Sequence[StreamName]) -> list[tuple[str, str]]:
    """What the standard addresses begin with, and what stands before their descriptions."""
    return [(f"/mer/{number}", f"{name}: ") for number, name in streams] or [("/mer", "")]


def _standard(dimensions: Sequence[str], unit_range: bool, place: str, whose: str) -> list[Method]:
    low = 0.0 if unit_range else -1.0
    whole: Range = {"MIN": low, "MAX": 1.0}
    ends = {"arousal": "calm to excited", "valence": "unpleasant to pleasant"}

    def mean(name: str) -> str:
        way = f", {ends[name]}" if name in ends else ""
        return f"{whose}{name.capitalize()}{way}"

    return [
        *(Method(f"{place}/{name}", "f", READ, mean(name), (whole,)) for name in dimensions),
        *(
            # A spread has no upper end: calibration may widen it beyond the scale.
            Method(
                f"{place}/{name}_std", "f", READ, f"{whose}Uncertainty of {name}", ({"MIN": 0.0},)
            )
            for name in dimensions
        ),
        Method(f"{place}/av", "ff", READ, f"{whose}Arousal and valence", (whole, whole)),
        Method(f"{place}/active", "i", READ, f"{whose}Whether there is music", (SWITCH,)),
        Method(
            f"{place}/mood", "s", READ, f"{whose}Word for the mood, sent when it changes", (MOODS,)
        ),
    ]


def _status() -> Method:
    return Method(
        "/mer/status",
        "ifif",
        READ,
        "Number of the last estimate, its seconds, blocks lost, dBFS",
        ({"MIN": -1}, {"MIN": 0.0}, {"MIN": 0}, {"MIN": SILENT_LEVEL_DB}),
    )


def _settings_by_hand() -> list[Method]:
    share: Range = {"MIN": 0.0, "MAX": 1.0}
    return [
        Method("/mer/frozen", "i", READ, "Whether the values are held", (SWITCH,)),
        Method("/mer/calibrating", "f", READ, "How much of a calibration is heard", (share,)),
        Method("/mer/calibration", "s", READ, "Name of the calibration in use"),
    ]


def _control_in() -> list[Method]:
    """The addresses of control; buttons first, since a slider would ask at each touch."""

    def also(address: str, type_tags: str, text: str, *ranges: Range) -> Method:
        return Method(address, type_tags, WRITE, text, ranges)

    gain: Range = {"MIN": -MOST_GAIN_DB, "MAX": MOST_GAIN_DB}
    learn: Range = {"MIN": LEAST_MUSIC_S, "MAX": LONGEST_CALIBRATION_S}
    calibrate = "/mer/calibrate"
    return [
        Method("/mer/reset", NOTHING, WRITE, "Hear what follows as a new piece"),
        Method(
            "/mer/freeze",
            "T",
            WRITE,
            "Hold the values, or let them go",
            overloads=(
                also("/mer/freeze", "i", "1 holds, 0 lets go", SWITCH),
                also("/mer/freeze", NOTHING, "The one that is not so"),
            ),
        ),
        Method(
            calibrate,
            NOTHING,
            WRITE,
            "Learn the range of this music, or stop learning",
            overloads=(
                also(calibrate, "f", "Learn from so many seconds of music", learn),
                also(calibrate, "fs", "The same, to keep under a name", learn, {}),
                also(calibrate, "s", f"A calibration's name, off, hold, adapt or {STOP}"),
            ),
        ),
        Method(
            "/mer/mark",
            NOTHING,
            WRITE,
            "Mark this moment",
            overloads=(also("/mer/mark", "s", "Mark it with a label"),),
        ),
        Method("/mer/gain", "f", WRITE, "Gain of the input in dB", (gain,), unit="gain.db-raw"),
    ]


def _route(route: Route) -> Method:
    tags = [_tag(argument) for argument in route.before]
    ranges = [_fixed(argument) for argument in route.before]
    for lane in route.lanes:
        if lane.source.natural is None:
            tags.append("s")
            ranges.append(MOODS)
        else:
            tags.append("i" if route.integer else "f")
            ranges.append(_lane_range(lane, route))
    tags += [_tag(argument) for argument in route.after]
    ranges += [_fixed(argument) for argument in route.after]
    sources = ", ".join(lane.source.name for lane in route.lanes)
    return Method(route.address, "".join(tags), READ, f"Route of {sources}", tuple(ranges))


def _cue(cue: Cue) -> Method:
    tags = "".join(map(_tag, cue.arguments)) or NOTHING
    ranges = tuple(map(_fixed, cue.arguments))
    return Method(cue.address, tags, READ, f"Cue: mood is {' or '.join(cue.words)}", ranges)


def _lane_range(lane: Lane, route: Route) -> Range:
    if not route.clip:
        return {}
    low, high = min(lane.range_out), max(lane.range_out)
    return {"MIN": round(low), "MAX": round(high)} if route.integer else {"MIN": low, "MAX": high}


def _fixed(argument: Argument) -> Range:
    return {"VALS": [argument]}


def _tag(argument: Argument) -> str:
    if isinstance(argument, str):
        return "s"
    return "i" if isinstance(argument, int) else "f"


def _is_plain(address: str) -> bool:
    return address.startswith("/") and len(address) > 1 and not _NO_PLAIN_ADDRESS.search(address)
