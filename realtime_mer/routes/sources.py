"""What a route can send: each source by the name a person writes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from realtime_mer.config.table import nearest
from realtime_mer.errors import UserError
from realtime_mer.routes.moment import Moment
from realtime_mer.routes.regions import MOODS, centre, membership

DIMENSIONS = ("arousal", "valence", "dominance")
PLAIN = (*DIMENSIONS, *(f"{name}_std" for name in DIMENSIONS), "level", "active", "mood")
KNOWN = (
    *PLAIN,
    *(f"mood:{word}" for word in MOODS),
    *(f"distance:{word}" for word in MOODS),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One thing a route can send.

    Attributes:
        name: as it was written.
        natural: the range a route maps from unless it says otherwise; None for the mood's
            word, which is not a number.
        dimension: the model's dimension it needs, or "".
        read: takes the value out of a moment.
    """

    name: str
    natural: tuple[float, float] | None
    dimension: str = ""
    read: Callable[[Moment], float | str] = field(compare=False, kw_only=True)


def parse_source(name: str) -> Source:
    """Return the source of a name.

    The names are ``arousal``, ``valence`` (and ``dominance`` where the model has it), each
    also with ``_std``; ``level`` in dBFS; ``active`` (1 or 0); ``mood``, the word itself;
    ``mood:WORD``, how much it is that mood (0 to 1); ``distance:WORD`` and
    ``distance:AROUSAL,VALENCE``, how far away that is on the plane (0 to 2.83).

    Raises:
        UserError: with the nearest known name.
    """
    name = name.strip()
    kind, colon, rest = name.partition(":")
    if colon and kind == "distance" and "," in rest:
        return _distance(name, *_point(name, rest))
    if name not in KNOWN:
        example = "" if kind != "distance" else ", or a point, as in distance:0.5,-0.3"
        raise UserError(
            f"there is no source '{name}'; did you mean '{nearest(name, KNOWN)}'{example}?"
        )
    if kind == "distance":
        return _distance(name, *centre(rest))
    if colon:
        return Source(
            name, (0.0, 1.0), read=lambda moment: membership(rest, moment.arousal, moment.valence)
        )
    if name == "mood":
        return Source(name, None, read=lambda moment: moment.mood)
    if name == "level":
        return Source(name, (-60.0, 0.0), read=lambda moment: moment.level_db)
    if name == "active":
        return Source(name, (0.0, 1.0), read=lambda moment: float(moment.active))
    natural = (0.0, 0.5) if name.endswith("_std") else (-1.0, 1.0)
    return Source(name, natural, name.removesuffix("_std"), read=lambda moment: moment.values[name])


def _distance(name: str, arousal: float, valence: float) -> Source:
    def read(moment: Moment) -> float:
        return math.hypot(moment.arousal - arousal, moment.valence - valence)

    return Source(name, (0.0, 1.0), read=read)


def _point(name: str, text: str) -> tuple[float, float]:
    try:
        arousal, valence = (float(part) for part in text.split(","))
    except ValueError:
        arousal = valence = math.nan
    if not (abs(arousal) <= 1 and abs(valence) <= 1):
        raise UserError(
            f"'{name}' is no point of the plane; write arousal and valence from -1 to 1, "
            "as in distance:0.5,-0.3."
        )
    return arousal, valence
