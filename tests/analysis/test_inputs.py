"""Which files are meant, and what their results are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.analysis.inputs import choose_names, choose_outputs, find_files
from realtime_mer.errors import UserError

parts = st.sampled_from(["a", "A", "b", "a_b", "a.b", "ä"])
suffixes = st.sampled_from(["", ".wav", ".WAV", ".mp3"])
paths = st.builds(
    lambda folders, stem, suffix: Path("/", *folders, stem + suffix),
    st.lists(parts, max_size=3),
    parts,
    suffixes,
)


@given(st.lists(paths, unique=True, max_size=12))
def test_no_two_results_have_one_name(given_paths: list[Path]) -> None:
    """Whatever the files, their results differ, also where case does not count."""
    names = choose_names(given_paths)
    assert len(names) == len(given_paths)
    assert len({name.casefold() for name in names}) == len(names)
    for name, path in zip(names, given_paths, strict=True):
        assert path.stem in name
        assert "/" not in name


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), unique=True))
def test_names_that_differ_are_kept(stems: list[str]) -> None:
    """A name that is nobody else's is the result's name."""
    assert choose_names([Path(f"{stem}.wav") for stem in stems]) == stems


@pytest.mark.parametrize(
    ("given_paths", "expected"),
    [
        (["/x/a.wav", "/x/a.mp3"], ["a.wav", "a.mp3"]),
        (["/x/a.wav", "/y/a.wav"], ["x_a", "y_a"]),
        (["/x/z/a.wav", "/y/z/a.wav"], ["x_z_a", "y_z_a"]),
        (["/x/a.wav", "/y/a.wav", "/y/a.mp3"], ["x_a", "y_a", "a.mp3"]),
        (["/a_b/c.wav", "/a/b_c.wav", "/x/c.wav"], ["a_b_c", "b_c", "x_c"]),
        (["/song.wav", "/song.WAV"], ["song.wav", "song.WAV-2"]),
    ],
)
def test_the_shortest_difference_is_used(given_paths: list[str], expected: list[str]) -> None:
    """Suffix first, then folders from the inside out, a number where nothing else is left."""
    assert choose_names([Path(each) for each in given_paths]) == expected


def test_a_file_named_twice_is_one_file(tmp_path: Path) -> None:
    """By its name, through its folder, or by a roundabout path: it is done once."""
    path = tmp_path / "a.wav"
    path.touch()
    roundabout = tmp_path / "x" / ".." / "a.wav"
    (tmp_path / "x").mkdir()
    assert find_files([path, tmp_path, roundabout, path]) == [path]


def test_the_order_is_the_one_given(tmp_path: Path) -> None:
    """Files come as they are named, those of a folder sorted."""
    for name in ("2.wav", "1.wav", "sub/0.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "first.wav").touch()
    names = [path.name for path in find_files([tmp_path / "first.wav", tmp_path])]
    assert names == ["first.wav", "1.wav", "2.wav", "0.flac"]


def test_a_folder_with_a_dot_csv_is_a_folder(tmp_path: Path) -> None:
    """A folder that exists is taken as one, whatever its name."""
    (tmp_path / "results.csv").mkdir()
    outputs = choose_outputs(tmp_path / "results.csv", [Path("a.wav"), Path("b.wav")])
    assert outputs == [tmp_path / "results.csv" / name for name in ("a.csv", "b.csv")]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    """Its reason and the remedy are said."""
    with pytest.raises(UserError, match=r"cannot be made .*: give --out another\.$"):
        choose_outputs(tmp_path / ("x" * 300), [Path("a.wav")])
