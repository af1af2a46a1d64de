"""The composition: four short scenes on one theme, one for each quadrant of the plane.

A quiet song in C major; the same tune danced in D major; a chase in E Phrygian; the tune
again, slowed and fallen into D minor. Everything here is notes: no samples, no rate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

BEATS_PER_BAR = 4

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a part.

    Attributes:
        start_beats: from the beginning of the scene.
        length_beats: how long it is held.
        pitch: MIDI note number.
        velocity: 0 to 1, its loudness within the part.
    """

    start_beats: float
    length_beats: float
    pitch: float
    velocity: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """What one player plays in a scene.

    Attributes:
        voice: instrument, a key of ``voices.VOICES``.
        gain: level of the part in the mix.
        pan: place, from -1 (left) to 1 (right).
        send: share that goes into the reverberation, 0 to 1.
        notes: what is played.
    """

    voice: str
    gain: float
    pan: float
    send: float
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A section of the performance.

    Attributes:
        name: the mood it is meant to have.
        tempo_bpm: beats in a minute.
        bars: length in bars of four beats.
        parts: makes the music.
        drive: how hard the mix is pressed against its ceiling, as records for dancing are; 0
            leaves it as it is.
    """

    name: str
    tempo_bpm: float
    bars: int
    parts: Callable[[], tuple[Part, ...]]
    drive: float = 0.0

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.bars * BEATS_PER_BAR * 60.0 / self.tempo_bpm


def pitch(name: str) -> int:
    """Return the MIDI note number of a name such as ``C4`` (60), ``F#3`` or ``Bb2``."""
    match = re.fullmatch(r"([A-G])([#b]?)(-?\d)", name)
    if match is None:
        raise ValueError(f"not a note: {name!r}")
    sharp = {"#": 1, "b": -1, "": 0}[match[2]]
    return 12 * (int(match[3]) + 1) + SEMITONES[match[1]] + sharp


def line(text: str, start_beats: float = 0.0, velocity: float = 1.0) -> list[Note]:
    """Return a melody from ``"E5:3 G5:1 | -:2 D5:2"``: note and beats, rests, bar lines."""
    notes = []
    for token in text.replace("|", " ").split():
        name, beats = token.split(":")
        if name != "-":
            notes.append(Note(start_beats, float(beats), pitch(name), velocity))
        start_beats += float(beats)
    return notes


def chords(text: str) -> list[list[int]]:
    """Return chords, one a bar, lowest note first, from ``"C3 G3 E4 | F2 C3 A3"``."""
    return [[pitch(name) for name in bar.split()] for bar in text.split("|")]


def held(bars: Sequence[Sequence[int]], velocity: float = 1.0) -> list[Note]:
    """Return every chord held for its bar."""
    return [
        Note(bar * BEATS_PER_BAR, BEATS_PER_BAR, note, velocity)
        for bar, chord in enumerate(bars)
        for note in chord
    ]


def hits(bars: Iterable[int], beats: Sequence[float], velocity: float = 1.0) -> list[Note]:
    """Return strokes of a drum on the same beats of several bars."""
    return [Note(bar * BEATS_PER_BAR + beat, 0.25, 60, velocity) for bar in bars for beat in beats]


def arpeggio(
    bars: Sequence[Sequence[int]], order: Sequence[int], length_beats: float = 1.5
) -> list[Note]:
    """Return the chords' notes one after the other, the first of each bar a little louder."""
    step = BEATS_PER_BAR / len(order)
    return [
        Note(bar * BEATS_PER_BAR + i * step, length_beats, chord[k], 1.0 if i == 0 else 0.72)
        for bar, chord in enumerate(bars)
        for i, k in enumerate(order)
    ]


def strum(bars: Sequence[Sequence[int]], beats: Sequence[float], tempo_bpm: float) -> list[Note]:
    """Return strummed chords: down strokes from the lowest string, up strokes from the highest."""
    delay_beats = 0.011 * tempo_bpm / 60.0
    notes = []
    for bar, chord in enumerate(bars):
        for beat in beats:
            down = beat % 1 == 0
            strings = chord if down else chord[:0:-1]
            for k, note in enumerate(strings):
                start = bar * BEATS_PER_BAR + beat + k * delay_beats
                notes.append(Note(start, 0.55, note, 0.9 if down else 0.6))
    return notes


def doubled(
    voice: str, gain: float, width: float, send: float, notes: Iterable[Note]
) -> tuple[Part, Part]:
    """Return two players of the same notes, left and right, a few cents apart."""
    notes = tuple(notes)
    right = tuple(
        Note(n.start_beats + 0.015, n.length_beats, n.pitch + 0.06, n.velocity) for n in notes
    )
    return Part(voice, gain, -width, send, notes), Part(voice, gain, width, send, right)
