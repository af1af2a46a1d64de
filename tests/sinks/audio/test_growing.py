"""A file that takes its room before it needs it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sinks.audio.growing import AHEAD_BYTES, GrowingFile

ACTIONS = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 3_000)),
    st.tuples(st.just("write"), st.binary(max_size=500)),
    st.tuples(st.just("seek"), st.integers(-600, 600), st.sampled_from([0, 1, 2])),
)


@given(st.lists(ACTIONS, max_size=30))
def test_it_is_a_file_like_any(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[object, ...]]
) -> None:
    """Whatever is reserved between, reading, writing and seeking do what they do elsewhere."""
    path = tmp_path_factory.mktemp("growing") / "x"
    file, reference = GrowingFile(path), io.BytesIO()
    for kind, *values in actions:
        if kind == "reserve":
            file.reserve(values[0])  # type: ignore[arg-type]
        elif kind == "write":
            assert file.write(values[0]) == reference.write(values[0])  # type: ignore[arg-type]
        else:
            base = {0: 0, 1: reference.tell(), 2: len(reference.getvalue())}[values[1]]  # type: ignore[index]
            place = min(max(0, base + values[0]), len(reference.getvalue()))  # type: ignore[operator]
            assert file.seek(place) == reference.seek(place)
        assert file.tell() == reference.tell()
    assert file.seek(0, os.SEEK_END) == len(reference.getvalue())
    file.close()
    file.close()
    assert path.read_bytes() == reference.getvalue()


def test_room_is_on_the_disk_until_it_is_given_back(tmp_path: Path) -> None:
    """What was reserved is part of the file while it is open, and gone once it is closed."""
    file = GrowingFile(tmp_path / "x")
    file.reserve(1_000)
    assert (tmp_path / "x").stat().st_size >= 1_000
    file.write(b"abc")
    file.reserve(1_000)
    size = (tmp_path / "x").stat().st_size
    assert 1_003 <= size <= 2_000 + AHEAD_BYTES
    file.close()
    assert (tmp_path / "x").read_bytes() == b"abc"


def test_a_patch_moves_nothing(tmp_path: Path) -> None:
    """The header is put right while the end goes on where it was."""
    file = GrowingFile(tmp_path / "x")
    file.write(b"0123456789")
    file.patch(2, b"ab")
    assert file.peek(0, 5) == b"01ab4"
    file.write(b"!")
    file.close()
    assert (tmp_path / "x").read_bytes() == b"01ab456789!"


def test_it_is_never_another(tmp_path: Path) -> None:
    """A file that exists is refused."""
    (tmp_path / "x").write_bytes(b"precious")
    with pytest.raises(UserError, match="not overwritten"):
        GrowingFile(tmp_path / "x")
