"""A route from its table in the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from realtime_mer.addresses import parse_target
from realtime_mer.config.table import Table, nearest, number, switch, text
from realtime_mer.errors import UserError
from realtime_mer.routes import curves
from realtime_mer.routes.curves import Curve
from realtime_mer.routes.route import Argument, Lane, MidiControl, Range, Route
from realtime_mer.routes.sources import Source, parse_source

KEYS = (
    "address", "source", "in", "out", "clip", "curve", "exponent", "rise", "fall",
    "before", "after", "type", "on_change", "target", "midi", "on",
    "stream",
)  # fmt: skip
MIDI_KEYS = ("port", "channel", "cc")
TYPES = ("float", "integer")

LONGEST_TIME_S = 3600.0
MOST_STREAMS = 1024
INT32 = range(-(2**31), 2**31)


def parse_route(values: Mapping[str, object]) -> Route:
    """Turn a ``[[route]]`` table into a route.

    Args:
        values: the table as TOML gives it; ``docs/routes.md`` has every key.

    Raises:
        TableError: with everything that is wrong with it, each with its key.
    """
    table = Table(values, KEYS)
    if table.lacks("address") and table.lacks("midi"):
        table.complain("", 'it has no address; write where it goes, as in address = "/wek/inputs".')
    if table.lacks("source"):
        table.complain("", 'it has no source; write what to send, as in source = "arousal".')
    midi = table.take("midi", parse_midi, None)
    sources: tuple[Source, ...] = table.take("source", _sources, ())
    number_of = sum(source.natural is not None for source in sources)
    ranges_in = table.take("in", lambda value: _ranges(value, number_of, distinct=True), None)
    whole_range = (0.0, 127.0) if midi else (0.0, 1.0)
    ranges_out = table.take("out", lambda value: _ranges(value, number_of), None)
    route = Route(
        address=table.take("address", parse_osc_address, ""),
        lanes=tuple(_lanes(sources, ranges_in, ranges_out or [whole_range] * number_of)),
        clip=table.take("clip", switch, True),
        curve=Curve(table.take("curve", _curve, "linear"), table.take("exponent", _exponent, 2.0)),
        rise_s=table.take("rise", _seconds, 0.0),
        fall_s=table.take("fall", _seconds, 0.0),
        before=table.take("before", parse_arguments, ()),
        after=table.take("after", parse_arguments, ()),
        targets=table.take("target", _targets, ()),
        integer=table.take("type", _type, "integer" if midi else "float") == "integer",
        # A control change or a word is worth saying when it is news.
        on_change=table.take("on_change", switch, midi is not None or not number_of),
        midi=midi,
        on=table.take("on", switch, True),
        stream=table.take("stream", parse_stream, 0),
    )
    _check_whole(table, route)
    table.check()
    return route


def parse_osc_address(value: object) -> str:
    """Take an OSC address, which may be a pattern of several.

    Raises:
        UserError: if receivers could not take it.
    """
    address = text(value)
    if not address.startswith("/"):
        raise UserError(f"'{address}' does not begin with a slash; write '/{address}'.")
    if address.endswith("/") or not all(" " <= letter <= "~" for letter in address):
        raise UserError(
            f"{address!r} is no OSC address; write names of plain ASCII letters with slashes "
            "before them, as in /mer/arousal."
        )
    return address


def parse_stream(value: object) -> int:
    """Take the number of a stream, from 1 as people count channels.

    Raises:
        UserError: for anything else.
    """
    return _whole(value, 1, MOST_STREAMS)


def parse_arguments(value: object) -> tuple[Argument, ...]:
    """Take fixed arguments: whole numbers become ``i``, others ``f``, texts ``s``.

    Raises:
        UserError: for what has no place in a message.
    """
    return tuple(_argument(entry) for entry in (value if isinstance(value, list) else [value]))


def parse_midi(value: object) -> MidiControl:
    """Take ``{port = "Scarlett", channel = 1, cc = 21}``.

    Raises:
        UserError: with everything that is wrong with it.
    """
    if not isinstance(value, dict):
        raise UserError(
            f"{value!r} is no MIDI control; write it as in "
            '{ port = "Scarlett", channel = 1, cc = 21 }.'
        )
    table = Table(value, MIDI_KEYS)
    for key, example in (("port", '"Scarlett"'), ("cc", "21")):
        if table.lacks(key):
            table.complain(key, f"it has no {key}; write one, as in {key} = {example}.")
    control = MidiControl(
        port=table.take("port", text, ""),
        channel=table.take("channel", lambda entry: _whole(entry, 1, 16), 1),
        control=table.take("cc", lambda entry: _whole(entry, 0, 127), 0),
    )
    table.check()
    return control


def _check_whole(table: Table, route: Route) -> None:
    """Note what is wrong with keys that are right by themselves."""
    words = [lane for lane in route.lanes if lane.source.natural is None]
    if len(words) == len(route.lanes):
        for key in ("in", "out", "curve", "exponent", "rise", "fall", "type"):
            if key in table and route.lanes:
                table.complain(
                    key,
                    f"{key} is for numbers and mood is a word; leave it out, or send mood:WORD.",
                )
    if "exponent" in table and route.curve.name != "exponent":
        table.complain("exponent", 'exponent needs curve = "exponent"; add it.')
    if route.midi is None:
        return
    if words:
        table.complain("source", "mood is a word, which MIDI cannot send; take mood:WORD.")
    if len(route.lanes) > 1:
        table.complain("source", "a control change has one value; write a route for each source.")
    if any(not 0 <= end <= 127 for lane in route.lanes for end in lane.range_out):
        table.complain("out", "a control change goes from 0 to 127; write out = [0, 127].")
    for key, as_it_must_be in (("clip", route.clip), ("type", route.integer)):
        if not as_it_must_be:
            table.complain(
                key, f"a control change is a whole number from 0 to 127; leave out {key}."
            )
    if not route.address:
        for key in ("before", "after", "target"):
            if key in table:
                table.complain(key, f"{key} is for OSC; add an address, or leave it out.")


def _lanes(
    sources: tuple[Source, ...], ranges_in: list[Range] | None, ranges_out: list[Range]
) -> list[Lane]:
    lanes = []
    counted = 0
    for source in sources:
        if source.natural is None:
            lanes.append(Lane(source))
            continue
        # A list of the wrong length was complained of, and the route will not be.
        range_in = ranges_in[counted] if ranges_in else source.natural
        lanes.append(Lane(source, range_in, ranges_out[counted]))
        counted += 1
    return lanes


def _sources(value: object) -> tuple[Source, ...]:
    names = value if isinstance(value, list) else [value]
    if not names:
        raise UserError("an empty list sends nothing; name at least one, as in arousal.")
    return tuple(parse_source(text(name)) for name in names)


def _ranges(value: object, count: int, *, distinct: bool = False) -> list[Range]:
    """One range for all sources that are numbers, or a list with one for each."""
    if not isinstance(value, list) or not value:
        raise UserError(f"{value!r} is no range; write begin and end, as in [0, 1].")
    if not any(isinstance(entry, list) for entry in value):
        return [_range(value, distinct)] * count
    if count and len(value) != count:  # without sources, they are what is wrong
        raise UserError(
            f"there are {len(value)} ranges for {count} sources that are numbers; write one "
            "for each, or a single one for all, as in [0, 1]."
        )
    return [_range(entry, distinct) for entry in value]


def _range(value: object, distinct: bool) -> Range:
    if not isinstance(value, list) or len(value) != 2:
        raise UserError(f"{value!r} is no range; write begin and end, as in [0, 1].")
    begin, end = number(value[0]), number(value[1])
    if distinct and not abs(end - begin) >= 1e-6:
        raise UserError(f"{value!r} begins where it ends; write two numbers, as in [-1, 1].")
    return begin, end


def _argument(value: object) -> Argument:
    if isinstance(value, bool):
        raise UserError(f"{str(value).lower()} is not sent by every program; write 1 or 0.")
    if isinstance(value, int):
        if value not in INT32:
            raise UserError(f"{value} does not fit in 32 bits; write it with a point, {value}.0.")
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        if not value.isascii() or "\0" in value:
            raise UserError(
                f"{value!r} has letters beyond ASCII, which OSC cannot send; drop them."
            )
        return value
    raise UserError(f"{value!r} is neither number nor text; write one of these.")


def _targets(value: object) -> tuple[tuple[str, int], ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(parse_target(text(entry)) for entry in entries)


def _seconds(value: object) -> float:
    seconds = number(value)
    if not 0.0 <= seconds <= LONGEST_TIME_S:
        raise UserError(f"{value!r} is no time from 0 to 3600 seconds; write one, such as 0.5.")
    return seconds


def _exponent(value: object) -> float:
    exponent = number(value)
    if not 0.01 <= exponent <= 20:
        raise UserError(f"{value!r} is no power from 0.01 to 20; write one, such as 2.")
    return exponent


def _curve(value: object) -> str:
    return _word(value, curves.NAMES, "curve")


def _type(value: object) -> str:
    return _word(value, TYPES, "type")


def _word(value: object, known: tuple[str, ...], what: str) -> str:
    word = text(value)
    if word not in known:
        raise UserError(f"there is no {what} '{word}'; did you mean '{nearest(word, known)}'?")
    return word


def _whole(value: object, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise UserError(
            f"{value!r} is no whole number from {lowest} to {highest}; write one of these."
        )
    return value
