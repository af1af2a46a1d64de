"""One address with all that is known of it."""

from __future__ import annotations

from realtime_mer.oscquery.method import NOTHING, READ, WRITE, Method, joined


def test_a_method_has_the_attributes_of_the_proposal() -> None:
    """Path, type, access, range, and the value once there is one."""
    method = Method("/a/b", "f", READ, "A value", ({"MIN": 0.0, "MAX": 1.0},))
    assert method.attributes(None) == {
        "FULL_PATH": "/a/b",
        "DESCRIPTION": "A value",
        "ACCESS": 1,
        "TYPE": "f",
        "RANGE": [{"MIN": 0.0, "MAX": 1.0}],
    }
    assert method.attributes([0.5])["VALUE"] == [0.5]


def test_what_can_only_be_set_never_has_a_value() -> None:
    """ACCESS 2 and a VALUE would contradict each other."""
    assert "VALUE" not in Method("/a", "f", WRITE, "").attributes([1.0])


def test_ranges_that_say_nothing_are_left_out() -> None:
    """An object without MIN, MAX or VALS makes Chataigne look for the values of a menu."""
    assert "RANGE" not in Method("/a", "sf", READ, "", ({}, {})).attributes(None)
    assert "RANGE" in Method("/a", "sf", READ, "", ({}, {"MIN": 0.0})).attributes(None)


def test_two_of_the_same_type_hold_the_values_of_both() -> None:
    """A range is as wide as both, and has no end where one has none."""
    one = Method("/a", "ffs", READ, "", ({"MIN": 0, "MAX": 1}, {"MIN": 0}, {"VALS": ["x"]}))
    other = Method("/a", "ffs", WRITE, "", ({"MIN": -1, "MAX": 0.5}, {}, {"VALS": ["y", "x"]}))
    both = joined(one, other)
    assert both.ranges == ({"MIN": -1, "MAX": 1}, {}, {"VALS": ["x", "y"]})
    assert both.access == READ | WRITE
    assert both.overloads == ()


def test_two_of_different_types_are_overloads() -> None:
    """The first is the method; the others stand beside it, each type once."""
    floats = Method("/a", "f", READ, "float")
    both = joined(floats, Method("/a", "i", READ, "integer", ({"MIN": 0, "MAX": 1},)))
    all_three = joined(both, Method("/a", NOTHING, READ, "bang"))
    again = joined(all_three, Method("/a", "i", READ, "integer", ({"MIN": 0, "MAX": 5},)))
    assert again.type_tags == "f"
    assert [each.type_tags for each in again.overloads] == ["i", NOTHING]
    assert again.overloads[0].ranges == ({"MIN": 0, "MAX": 5},)
    overloads = again.attributes(None)["OVERLOADS"]
    assert isinstance(overloads, list)
    assert all("CONTENTS" not in each and "VALUE" not in each for each in overloads)
