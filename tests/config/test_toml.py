"""Writing TOML that is read back the same."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.config.toml import toml_table, toml_value

scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["port", "cc", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(plain)
def test_a_value_is_read_back_the_same(value: Any) -> None:
    """Numbers to the last bit, texts to the last letter."""
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


@given(st.lists(st.dictionaries(st.sampled_from(["address", "in"]), plain), min_size=1))
def test_tables_are_read_back_the_same(tables: list[dict[str, Any]]) -> None:
    """Several tables of one name stay apart and in order."""
    text = "\n\n".join(toml_table("route", table) for table in tables)
    assert tomllib.loads(text) == {"route": tables}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "false"),
        ((), "[]"),
        (float("inf"), '"max"'),
        (("127.0.0.1", 9000), '"127.0.0.1:9000"'),
        ((("::1", 1), ("b", 2)), '["[::1]:1", "b:2"]'),
        (Path("set.jsonl"), '"set.jsonl"'),
    ],
)
def test_what_settings_hold_is_written_as_people_give_it(value: object, text: str) -> None:
    """Addresses, paths and infinity look as on the command line."""
    assert toml_value(value) == text


def test_what_has_no_place_is_an_error() -> None:
    """An object nobody thought of is a mistake in the program."""
    with pytest.raises(TypeError):
        toml_value(object())
