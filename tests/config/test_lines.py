"""Finding the line of a key."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.lines import error_line, key_lines

SHOW = '''\
# a comment with = and [
device = "mic"
osc = [
  "127.0.0.1:7000",  # [not a table]
  "127.0.0.1:7001",
]
text = """
[[route]]
address = 1
"""

[[route]]
address = "/a"
in = [[0, 1],
      [2, 3]]

  [[ route ]]
"address" = "/b"
midi.port = "x"
midi = { cc = 1 }  # never valid beside the line above, but lines are found all the same

[[cue]]
when = "joyful"
'''


def test_every_key_is_found_on_its_line() -> None:
    """Comments, arrays and texts over several lines do not mislead."""
    lines = SHOW.splitlines()
    del lines[18]
    places = key_lines("\n".join(lines))
    assert places == {
        ("", 0, "device"): 2,
        ("", 0, "osc"): 3,
        ("", 0, "text"): 7,
        ("route", 0, ""): 12,
        ("route", 0, "address"): 13,
        ("route", 0, "in"): 14,
        ("route", 1, ""): 17,
        ("route", 1, "address"): 18,
        ("route", 1, "midi"): 19,
        ("cue", 0, ""): 21,
        ("cue", 0, "when"): 22,
    }


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb =", 2), ("a = 1\n\n= 2\n", 3), ('a = """\nx\n', 2), ("", 1)]
)
def test_the_line_of_an_error_is_found(text: str, line: int) -> None:
    """Also where the file ends before it should."""
    error = tomllib.TOMLDecodeError("(at end of document)")
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as real:
        error = real
    assert error_line(error, text) == line


@given(st.lists(st.sampled_from(SHOW.splitlines()), max_size=12))
def test_any_lines_are_looked_through(lines: list[str]) -> None:
    """Whatever the order of the lines, valid or not, the search comes to an end."""
    for (_, _, key), line in key_lines("\n".join(lines)).items():
        assert key in lines[line - 1] or not key
