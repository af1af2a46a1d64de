"""One address of OSC with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from realtime_mer.routes.route import Argument

Range = Mapping[str, object]
"""``MIN``, ``MAX`` and ``VALS`` of one argument, as far as there are any."""

NO_VALUE, READ, WRITE = 0, 1, 2
"""Bits of ``ACCESS``: the value may be had, may be set."""

NOTHING = "N"
"""Type tags of a method that takes no argument, such as a button."""


@dataclass(frozen=True, slots=True)
class Method:
    """An address, in the words of the proposal a method.

    Attributes:
        address: begins with a slash.
        type_tags: one letter for each argument, or :data:`NOTHING`.
        access: :data:`READ` for what is sent, :data:`WRITE` for what is taken.
        description: what it is, short enough to stand beside a slider.
        ranges: one for each argument, or none.
        unit: of its one argument, as the proposal's list of units has it, or "".
        overloads: the same address with other type tags.
    """

    address: str
    type_tags: str
    access: int
    description: str
    ranges: tuple[Range, ...] = ()
    unit: str = ""
    overloads: tuple[Method, ...] = ()

    def attributes(self, value: Sequence[object] | None) -> dict[str, object]:
        """Return what the proposal calls the attributes of a method.

        Args:
            value: its arguments when it was last sent; None where it never was.
        """
        found: dict[str, object] = {
            "FULL_PATH": self.address,
            "DESCRIPTION": self.description,
            "ACCESS": self.access,
            "TYPE": self.type_tags,
        }
        if any(self.ranges):  # an empty range makes some clients look for its values
            found["RANGE"] = [dict(each) for each in self.ranges]
        if self.unit:
            found["UNIT"] = [self.unit]
        if value is not None and self.access & READ:
            found["VALUE"] = list(value)
        if self.overloads:
            found["OVERLOADS"] = [each.attributes(None) for each in self.overloads]
        return found


def joined(one: Method, other: Method) -> Method:
    """Return one method for two of the same address.

    With the same type tags the ranges are widened to hold both; else the second becomes an
    overload of the first.
    """
    if one.type_tags == other.type_tags:
        ranges = [_wider(*pair) for pair in zip(one.ranges, other.ranges, strict=False)]
        overloads = (*one.overloads, *other.overloads)
        return replace(
            one, access=one.access | other.access, ranges=tuple(ranges), overloads=overloads
        )
    for place, overload in enumerate(one.overloads):
        if overload.type_tags == other.type_tags:
            merged = joined(overload, other)
            overloads = (*one.overloads[:place], merged, *one.overloads[place + 1 :])
            return replace(one, overloads=overloads)
    further = (*one.overloads, replace(other, overloads=()), *other.overloads)
    return replace(one, overloads=further)


def _wider(one: Range, other: Range) -> Range:
    if one == other:
        return one
    if "VALS" in one and "VALS" in other:
        return {"VALS": list(dict.fromkeys([*_listed(one), *_listed(other)]))}
    wide: dict[str, object] = {}
    for key, choose in (("MIN", min), ("MAX", max)):
        ends = [each[key] for each in (one, other) if isinstance(each.get(key), (int, float))]
        if len(ends) == 2:  # where one has no end, neither have both
            wide[key] = choose(ends)  # type: ignore[type-var]
    return wide


def _listed(found: Range) -> list[Argument]:
    values = found["VALS"]
    return list(values) if isinstance(values, (list, tuple)) else []
