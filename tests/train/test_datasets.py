"""Loaders give what the files say, and name the file and the row that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime_mer.errors import UserError
from train import datasets
from train.datasets import deam
from train.datasets.base import QUADRANT_SIGNS, Ratings, Recording

GREKOW = "id,genre,arousal,valence,quadrant\na,rock,0.5,-0.25,e2\nb,jazz,-0.5,0.25,e4\n"


@pytest.fixture
def grekow(tmp_path: Path) -> Path:
    """A folder of datasets with two recordings of grekow."""
    folder = tmp_path / "grekow"
    (folder / "audio").mkdir(parents=True)
    for name in "ab":
        (folder / "audio" / f"{name}.opus").touch()
    (folder / "clips.csv").write_text(GREKOW, encoding="utf-8")
    return tmp_path


def rewrite(root: Path, old: str, new: str) -> None:
    """Change the table of the folder."""
    table = root / "grekow" / "clips.csv"
    table.write_text(GREKOW.replace(old, new), encoding="utf-8")


def test_loads_what_the_table_says(grekow: Path) -> None:
    """Ratings and files are those of the table."""
    first, second = datasets.load("grekow", grekow)
    assert first.key == "grekow/a"
    assert first.path == grekow / "grekow" / "audio" / "a.opus"
    np.testing.assert_array_equal(first.ratings.mean, np.float32([[0.5, -0.25]]))
    np.testing.assert_array_equal(second.ratings.mean, np.float32([[-0.5, 0.25]]))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("0.5,-0.25", "1.5,-0.25", r"clips.csv, line 2: arousal is 1.5.*outside -1 to 1"),
        ("0.5,-0.25", "loud,-0.25", r"line 2: 'loud' in the column 'arousal' is not a number"),
        ("-0.5,0.25", "nan,0.25", r"line 3: arousal is nan"),
        ("-0.5,0.25", ",0.25", r"line 3: the column 'arousal' is empty"),
        ("b,jazz", "c,jazz", r"line 3: its file .*c.opus is missing"),
        ("b,jazz", "a,jazz", r"names 'a' twice"),
        (",e4", "", r"line 3: it does not have the 5 cells"),
        ("arousal", "energy", r"has no column 'arousal'"),
    ],
)
def test_wrong_rows_are_named(grekow: Path, old: str, new: str, sentence: str) -> None:
    """A wrong cell ends in one sentence with the file, the line and what is wrong."""
    rewrite(grekow, old, new)
    with pytest.raises(UserError, match=sentence):
        datasets.load("grekow", grekow)


def test_missing_dataset_is_named(tmp_path: Path) -> None:
    """A dataset that is not there ends in one sentence that says where it was looked for."""
    with pytest.raises(UserError, match="emotify is not at"):
        datasets.load("emotify", tmp_path)
    with pytest.raises(UserError, match="No dataset is called 'muse'"):
        datasets.load("muse", tmp_path)


def test_corrupt_audio_is_named(grekow: Path) -> None:
    """A file that is no audio ends in one sentence that names it."""
    from train.audio import load_audio

    with pytest.raises(UserError, match=r"a.opus cannot be decoded"):
        load_audio(datasets.load("grekow", grekow)[0])


def test_quadrants_are_russells() -> None:
    """Q1 to Q4 go round from excited and pleasant to calm and pleasant."""
    assert QUADRANT_SIGNS == {"Q1": (1, 1), "Q2": (1, -1), "Q3": (-1, -1), "Q4": (-1, 1)}


COUNTS = {
    "emotify": (347, 116),
    "panda4q": (773, 566),
    "grekow": (259, 259),
    "vgmidi": (163, 9),
    "emopia": (969, 348),
    "emomusic": (5, 3),
    "deam": (1788, 1788),
}


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_real_datasets(shared_data: Path, name: str) -> None:
    """Every dataset loads whole, with ratings in range and rising spans of time."""
    recordings = datasets.load(name, shared_data)
    assert (len(recordings), len({r.group for r in recordings})) == COUNTS[name]
    for recording in recordings:
        ratings = recording.ratings
        assert np.abs(ratings.mean).max() <= 1
        assert (np.diff(ratings.spans_s[:, 0]) >= 0).all()
        assert (ratings.spans_s[:, 1] > ratings.spans_s[:, 0]).all()


@pytest.mark.data
def test_deam_columns_are_put_right(shared_data: Path) -> None:
    """DEAM's arousal agrees with that of the same songs in MediaEval 2013."""
    arousal = {r.id: r.ratings.mean[0] for r in datasets.load("deam", shared_data)}
    dynamic = {
        r.id: r.ratings.mean.mean(0)
        for r in datasets.load("emomusic", shared_data)
        if r.id in arousal
    }
    both = np.array([[arousal[name][0], value[0]] for name, value in dynamic.items()])
    assert len(both) >= 4
    assert np.corrcoef(both.T)[0, 1] > 0.5


@pytest.mark.data
def test_emotify_spread_is_that_of_listeners(shared_data: Path) -> None:
    """The contrasts computed from listeners' picks have the songs' published means."""
    for recording in datasets.load("emotify", shared_data)[:20]:
        assert np.isfinite(recording.ratings.spread).all()
        assert (recording.ratings.spread > 0.05).all()
        assert recording.ratings.raters >= 11


def write(path: Path, text: str) -> None:
    """Write a file with all its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_deam_as_distributed(tmp_path: Path) -> None:
    """DEAM's archive as it unpacks: two dynamic tables, songs of different lengths."""
    notes = "annotations/annotations averaged per song/dynamic (per second annotations)"
    head = "song_id,sample_15000ms,sample_15500ms,sample_16000ms\n"
    write(tmp_path / "deam" / notes / "arousal.csv", head + "2,0.1,0.2,\n2001,-0.1,-0.2,-0.3\n")
    write(tmp_path / "deam" / notes / "valence.csv", head + "2,0.5,0.6,\n2001,0.4,0.3,0.2\n")
    for name in ("2", "2001"):
        write(tmp_path / "deam" / "MEMD_audio" / f"{name}.mp3", "")
    first, second = datasets.load("deam", tmp_path)
    np.testing.assert_allclose(first.ratings.spans_s, [[14.5, 15.0], [15.0, 15.5]])
    np.testing.assert_allclose(first.ratings.mean, [[0.1, 0.5], [0.2, 0.6]])
    assert second.id in datasets.deam.EVALUATION_2015
    assert len(second.ratings.mean) == 3
    (tmp_path / "deam" / "MEMD_audio" / "2.mp3").unlink()
    with pytest.raises(UserError, match=r"arousal.csv, line 2: its file .*2.mp3 is missing"):
        datasets.load("deam", tmp_path)


def test_deam_exchanged_columns(tmp_path: Path) -> None:
    """Up to id 1000 what the distributed song-level table calls valence is arousal."""
    table = tmp_path / "static_annotations_averaged_songs_1_2000.csv"
    head = "song_id, valence_mean, valence_std, arousal_mean, arousal_std\n"
    write(table, head + "1000, 9, 0.4, 5, 0.8\n1001, 9, 0.4, 5, 0.8\n")
    ratings = datasets.deam.load_distributed_static(table)
    np.testing.assert_allclose(ratings["1000"].mean, [[1.0, 0.0]])
    np.testing.assert_allclose(ratings["1001"].mean, [[0.0, 1.0]])
    np.testing.assert_allclose(ratings["1000"].spread, [[0.1, 0.2]])


def test_pmemo_layout(tmp_path: Path) -> None:
    """PMEmo's four tables: over time where there is such a rating, static where not."""
    notes = tmp_path / "pmemo" / "annotations"
    write(
        notes / "static_annotations.csv",
        "musicId,Arousal(mean),Valence(mean)\n1,0.4,0.5\n4,0.75,0.5\n",
    )
    write(
        notes / "static_annotations_std.csv",
        "musicId,Arousal(std),Valence(std)\n1,0.1,0.2\n4,0.1,0.2\n",
    )
    write(
        notes / "dynamic_annotations.csv",
        "musicId,frameTime,Arousal(mean),Valence(mean)\n1,15.5,0.0,1.0\n1,15.0,0.5,0.5\n",
    )
    write(
        notes / "dynamic_annotations_std.csv",
        "musicId,frameTime,Arousal(std),Valence(std)\n1,15.0,0.1,0.1\n1,15.5,0.1,0.1\n",
    )
    for name in "14":
        write(tmp_path / "pmemo" / "chorus" / f"{name}.mp3", "")
    first, second = datasets.load("pmemo", tmp_path)
    np.testing.assert_allclose(first.ratings.mean, [[0, 0], [-1, 1]])
    np.testing.assert_allclose(first.ratings.spans_s[:, 1], [15.0, 15.5])
    np.testing.assert_allclose(second.ratings.mean, [[0.5, 0.0]])
    np.testing.assert_allclose(second.ratings.spread, [[0.2, 0.4]])


def test_vad_layout(tmp_path: Path) -> None:
    """A table of tracks with tags' values on 1 to 9; tracks without audio are left out."""
    head = "track,artist,valence_tags,arousal_tags,dominance_tags\n"
    write(tmp_path / "vad" / "tracks.csv", head + "song,a,9,5,5\nother,b,5,5,5\n")
    write(tmp_path / "vad" / "audio" / "song.mp3", "")
    (only,) = datasets.load("vad", tmp_path)
    np.testing.assert_allclose(only.ratings.mean, [[0.0, 1.0]])
    assert only.group == "a"
    write(tmp_path / "vad" / "tracks.csv", head + "song,a,9,5,12\n")
    with pytest.raises(UserError, match="line 2: dominance_tags is 12"):
        datasets.load("vad", tmp_path)


def test_plain_folder(tmp_path: Path) -> None:
    """A folder with a CSV: static or by parts, and parts that overlap are named."""
    for name in ("a.wav", "b.wav"):
        write(tmp_path / "folder" / name, "")
    table = tmp_path / "folder" / "ratings.csv"
    head = "file,arousal,valence,group,start_s,end_s\n"
    write(table, head + "a.wav,0.5,-0.5,x,,\nb.wav,0.1,0.2,,0,10\nb.wav,0.3,0.4,,10,20\n")
    first, second = datasets.load("folder", tmp_path)
    assert (first.group, second.group) == ("x", "b.wav")
    assert first.ratings.kind == "static"
    np.testing.assert_allclose(second.ratings.spans_s, [[0, 10], [10, 20]])
    write(table, head + "b.wav,0.1,0.2,,0,10\nb.wav,0.3,0.4,,5,20\n")
    with pytest.raises(UserError, match="line 3: it begins before the part above it ends"):
        datasets.load("folder", tmp_path)


def test_mediaeval_2015_is_divided(tmp_path: Path) -> None:
    """431 listed songs to learn from, and the 58 whole songs from 2001 on to be judged by."""
    ratings = Ratings.static(0.0, 0.0)
    songs = [
        Recording("deam", str(i), None, str(i), ratings, "none")
        for i in (*range(2, 600), *range(2001, 2059))
    ]
    ids = "".join(f"{i}\n" for i in range(2, 433))
    write(tmp_path / "development_2015.csv", "song_id\n" + ids)
    development, evaluation = deam.split_2015(tmp_path, songs)
    assert (len(development), len(evaluation)) == (431, 58)
    assert not {r.id for r in development} & {r.id for r in evaluation}
    with pytest.raises(UserError, match="lacks the song 2058"):
        deam.split_2015(tmp_path, songs[:-1])
    write(tmp_path / "development_2015.csv", "song_id\n2\n3\n")
    with pytest.raises(UserError, match="names 2 songs"):
        deam.split_2015(tmp_path, songs)
    write(tmp_path / "development_2015.csv", "song_id\n2\n2001\n")
    with pytest.raises(UserError, match="line 3: 2001 is no song"):
        deam.split_2015(tmp_path, songs)
