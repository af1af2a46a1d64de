"""What is found where."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.recordings import shop

from realtime_mer.catalogue.places import Found, is_remote, on_this_machine, walk
from realtime_mer.errors import UserError


def make(folder: Path, *names: str) -> None:
    """Write files of a length that tells them apart."""
    for number, name in enumerate(names, 1):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * number)


def names(found: list[Found], folder: Path | str) -> list[str]:
    """What stands below a folder."""
    return [each.name.removeprefix(str(folder)).lstrip("/\\") for each in found]


def test_a_folder_stands_for_the_audio_in_it_in_order(tmp_path: Path) -> None:
    """By suffix in any case of letters, deep down, but nothing hidden."""
    make(tmp_path, "b.mp3", "a/z.FLAC", "a/b/c.opus", ".hidden/d.mp3", "._e.mp3", "cover.jpg", "f")
    found = list(walk([str(tmp_path)]))
    assert names(found, tmp_path) == ["a/b/c.opus", "a/z.FLAC", "b.mp3"]
    assert [each.size_bytes for each in found] == [3, 2, 1]
    assert all(Path(each.address).is_file() for each in found)


def test_a_path_is_named_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is what a person wrote; the address works from any folder."""
    make(tmp_path, "music/a.mp3")
    monkeypatch.chdir(tmp_path)
    (found,) = walk(["music"])
    assert found == Found(str(Path("music") / "a.mp3"), str(tmp_path / "music" / "a.mp3"), 1)


def test_nothing_is_found_twice(tmp_path: Path) -> None:
    """Not by being named twice, nor by being in a folder that is named as well."""
    make(tmp_path, "a/b.mp3", "a/c.mp3")
    named = [tmp_path / "a" / "b.mp3", tmp_path, tmp_path / "a", tmp_path]
    assert names(list(walk(map(str, named))), tmp_path) == ["a/b.mp3", "a/c.mp3"]


def test_a_file_that_is_named_is_meant_whatever_it_is_called(tmp_path: Path) -> None:
    """Also one that is not there, which whoever reads it will say."""
    make(tmp_path, "noise.bin")
    found = list(walk([str(tmp_path / "noise.bin"), str(tmp_path / "no.mp3")]))
    assert [each.size_bytes for each in found] == [1, -1]


def test_a_pattern_the_shell_has_left_is_followed(tmp_path: Path) -> None:
    """As the shell of Windows leaves it."""
    make(tmp_path, "a.mp3", "b.mp3", "c.wav")
    assert names(list(walk([str(tmp_path / "*.mp3")])), tmp_path) == ["a.mp3", "b.mp3"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_one_in_the_table(tmp_path: Path) -> None:
    """The address still leads to the file."""
    (tmp_path / os.fsdecode(b"caf\xe9.mp3")).write_bytes(b"x")
    (found,) = walk([str(tmp_path)])
    found.name.encode()
    assert Path(found.address).read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_have_an_end(tmp_path: Path) -> None:
    """One to a folder above is not followed; one to a file is; one to nothing is reported."""
    make(tmp_path, "a/1.mp3")
    (tmp_path / "a" / "above").symlink_to(tmp_path)
    (tmp_path / "a" / "2.mp3").symlink_to(tmp_path / "a" / "1.mp3")
    (tmp_path / "a" / "3.mp3").symlink_to(tmp_path / "nowhere")
    found = list(walk([str(tmp_path)]))
    assert names(found, tmp_path) == ["a/1.mp3", "a/2.mp3", "a/3.mp3"]
    assert [each.size_bytes for each in found] == [1, 1, -1]


def test_a_folder_that_cannot_be_listed_does_not_end_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands for itself, and whoever reads it will say what is wrong."""
    make(tmp_path, "a/1.mp3", "b/2.mp3", "c/3.mp3")
    scandir = os.scandir

    def refuse(path: str | os.PathLike[str]) -> object:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert names(list(walk([str(tmp_path)])), tmp_path) == ["a/1.mp3", "b", "c/3.mp3"]


def test_a_folder_is_walked_as_the_work_goes_on(tmp_path: Path) -> None:
    """The first file is there before the last folder was looked at."""
    make(tmp_path, "a/1.mp3", "b/2.mp3")
    found = walk([str(tmp_path)])
    assert next(found).name.endswith("1.mp3")
    make(tmp_path, "b/3.mp3")
    assert names(list(found), tmp_path) == ["b/2.mp3", "b/3.mp3"]


def test_memory_is_a_place_as_well() -> None:
    """What fsspec opens is walked like a folder, and read through a copy."""
    import fsspec

    memory = fsspec.filesystem("memory")
    for name in ("music/a.mp3", "music/deep/b.flac", "music/.hidden/c.mp3", "music/d.txt"):
        memory.pipe(f"/{name}", name.encode())
    found = list(walk(["memory://music"]))
    assert sorted(each.name for each in found) == [
        "memory:///music/a.mp3",
        "memory:///music/deep/b.flac",
    ]
    assert all(each.size_bytes > 0 for each in found)
    with on_this_machine(found[0].address) as path:
        assert path.read_bytes() == b"music/a.mp3"
        assert path.suffix == ".mp3"
    assert not path.exists()


def test_a_web_server_is_a_place_as_well(tmp_path: Path) -> None:
    """Its index page is walked; a single file needs none."""
    make(tmp_path, "a.mp3", "deep/b.flac", "c.html")
    with shop(tmp_path) as serving:
        found = list(walk([serving.url]))
        assert sorted(names(found, serving.url)) == ["a.mp3", "deep/b.flac"]
        assert sorted(each.size_bytes for each in found) == [1, 2]
        (one,) = walk([f"{serving.url}deep/b.flac"])
        assert (one.address, one.size_bytes) == (f"{serving.url}deep/b.flac", 2)
        with on_this_machine(one.address) as path:
            assert path.read_bytes() == b"xx"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nosuch://a/b", "nosuch://a/b cannot be read"),
        ("memory://nothing/here", "memory://nothing/here cannot be read"),
    ],
)
def test_an_address_nobody_knows_is_a_sentence(address: str, said: str) -> None:
    """It names the address."""
    with pytest.raises(UserError, match=said):
        list(walk([address]))


def test_without_fsspec_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence has the command that installs it; paths need nothing."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UserError, match=r"pip install 'realtime-mer\[cluster\]'"):
        list(walk(["s3://bucket/music"]))
    assert not is_remote("C:\\music")
