"""Notation: names, melodies, chords, patterns."""

from __future__ import annotations

import pytest

from realtime_mer.sources.demo.scenes import SCENES
from realtime_mer.sources.demo.score import (
    BEATS_PER_BAR,
    Note,
    arpeggio,
    chords,
    doubled,
    held,
    hits,
    line,
    pitch,
    strum,
)
from realtime_mer.sources.demo.voices import VOICES


@pytest.mark.parametrize(
    ("name", "number"), [("C4", 60), ("A4", 69), ("C#4", 61), ("Bb3", 58), ("C-1", 0), ("G9", 127)]
)
def test_pitch(name: str, number: int) -> None:
    """Names are those of MIDI note numbers."""
    assert pitch(name) == number


@pytest.mark.parametrize("name", ["H4", "C", "c4", "C##4", ""])
def test_what_is_no_note(name: str) -> None:
    """A slip in the score is an error, not another note."""
    with pytest.raises(ValueError, match="not a note"):
        pitch(name)


def test_line() -> None:
    """A melody counts its beats through rests and bar lines."""
    assert line("C4:1 -:0.5 | D4:2", start_beats=8, velocity=0.5) == [
        Note(8, 1, 60, 0.5),
        Note(9.5, 2, 62, 0.5),
    ]


def test_chords_are_held_for_a_bar() -> None:
    """Each chord starts where its bar does."""
    assert held(chords("C3 E3 | F3")) == [Note(0, 4, 48), Note(0, 4, 52), Note(4, 4, 53)]


def test_arpeggio_fills_the_bar() -> None:
    """An order of eight is quavers."""
    notes = arpeggio([[48, 52, 55], [53, 57, 60]], (0, 1, 2, 1, 0, 1, 2, 1))
    assert [note.start_beats for note in notes] == [k / 2 for k in range(16)]
    assert [note.pitch for note in notes[8:11]] == [53, 57, 60]


def test_hits() -> None:
    """Strokes fall on their beats in each bar."""
    assert [note.start_beats for note in hits((0, 2), (1, 3))] == [1, 3, 9, 11]


def test_strum_goes_down_on_the_beat_and_up_off_it() -> None:
    """A down stroke begins with the lowest string, an up stroke with the highest."""
    notes = strum([[48, 52, 55]], (0, 0.5), tempo_bpm=120)
    assert [note.pitch for note in notes] == [48, 52, 55, 55, 52]
    assert [note.start_beats for note in notes] == pytest.approx([0, 0.022, 0.044, 0.5, 0.522])


def test_doubled_players_stand_apart() -> None:
    """Two players of the same part differ in place and a little in pitch."""
    left, right = doubled("pad", 0.1, 0.6, 0.5, [Note(0, 1, 60)])
    assert (left.pan, right.pan) == (-0.6, 0.6)
    assert left.notes[0].pitch < right.notes[0].pitch < left.notes[0].pitch + 0.1


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_scenes_are_well_written(scene) -> None:  # type: ignore[no-untyped-def]
    """Every note starts within its scene, has a voice, a length and a sane velocity."""
    end = scene.bars * BEATS_PER_BAR
    for part in scene.parts():
        assert part.voice in VOICES
        assert -1 <= part.pan <= 1
        assert part.notes
        for note in part.notes:
            assert 0 <= note.start_beats < end
            assert note.length_beats > 0
            assert 0 < note.velocity <= 1.2
