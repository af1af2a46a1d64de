"""What is done, by length and content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.catalogue import index
from realtime_mer.catalogue.index import Index

CONTENTS = st.tuples(st.integers(0, 5), st.binary(min_size=16, max_size=16))


@given(st.lists(CONTENTS), st.lists(CONTENTS, unique=True), st.integers(1, 4))
def test_it_is_a_set(added: list[tuple[int, bytes]], old: list[tuple[int, bytes]], at: int) -> None:
    """However it is filled, and however often it is sorted, it knows what a set would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "MERGE_AT", at)
        done = Index()
        done.add_all((size for size, _ in old), (content for _, content in old))
        expected = set(old)
        for size, content in added:
            assert done.add(size, content) == ((size, content) not in expected)
            expected.add((size, content))
        assert len(done) == len(expected)
        for size in range(7):
            found = done.of_size(size)
            assert len(set(found)) == len(found)
            assert {(size, content) for content in found} == {
                each for each in expected if each[0] == size
            }


def test_a_content_that_ends_in_zeros_is_found() -> None:
    """Zeros at the end are part of it, where NumPy would take them for padding."""
    done = Index()
    done.add_all([1], [b"a" + bytes(15)])
    assert done.of_size(1) == (b"a" + bytes(15),)
