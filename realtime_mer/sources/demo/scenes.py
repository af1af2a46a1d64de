"""The notes of the four scenes."""

from __future__ import annotations

from realtime_mer.sources.demo.score import (
    BEATS_PER_BAR,
    Note,
    Part,
    Scene,
    arpeggio,
    chords,
    doubled,
    held,
    hits,
    line,
    pitch,
    strum,
)

CALM_BPM, JOYFUL_BPM, TENSE_BPM, SAD_BPM = 66.0, 132.0, 152.0, 46.0


def calm() -> tuple[Part, ...]:
    """A nylon-string guitar, soft strings and a flute, in C major."""
    harmony = chords(
        "C3 G3 C4 E4 G4 | B2 G3 B3 D4 G4 | A2 E3 A3 C4 E4 | F2 C3 A3 C4 F4 |"
        "G2 D3 B3 D4 G4 | C3 G3 C4 E4 G4"
    )
    strings = [chord[1:] for chord in harmony]
    tune = line(
        "-:1 E5:2 G5:1 | D5:3 G4:1 | C5:2 E5:1 D5:1 | C5:2.5 D5:0.5 A4:1 |"
        "B4:1 C5:1 D5:1 B4:1 | C5:4"
    )
    return (
        Part("plucked", 0.27, -0.2, 0.2, tuple(arpeggio(harmony, (0, 2, 3, 4, 3, 2, 4, 3)))),
        *doubled("pad", 0.0078, 0.7, 0.35, held(strings)),
        Part("flute", 0.08, 0.25, 0.35, tuple(tune)),
    )


def joyful() -> tuple[Part, ...]:
    """The tune as a dance in D major: brass, guitars, bells, bass, drums and hands."""
    turn = "D3 A3 D4 F#4 A4 D5 | C#3 A3 C#4 E4 A4 C#5 | B2 F#3 B3 D4 F#4 B4 | G2 D3 G3 B3 D4 G4 |"
    harmony = chords(turn + turn + "E3 B3 E4 G4 B4 | A2 E3 A3 C#4 E4 A4 | D3 A3 D4 F#4 A4 D5")
    harmony.append(harmony[-1])
    tune = line(
        "F#5:0.5 F#5:0.5 A5:1 F#5:0.5 E5:0.5 D5:1 | E5:1.5 C#5:0.5 A4:1 A4:0.5 B4:0.5 |"
        "D5:0.5 D5:0.5 F#5:1 D5:0.5 E5:0.5 F#5:1 | G5:1 F#5:0.5 E5:0.5 D5:1 B4:0.5 E5:0.5 |"
        "F#5:0.5 F#5:0.5 A5:1 B5:0.5 A5:0.5 F#5:1 | E5:1.5 C#5:0.5 E5:1 A5:0.5 G5:0.5 |"
        "F#5:0.5 D5:0.5 F#5:1 D5:0.5 E5:0.5 F#5:1 | G5:1 A5:0.5 B5:0.5 A5:1 G5:1 |"
        "G5:0.5 F#5:0.5 E5:1 G5:0.5 A5:0.5 B5:1 | A5:1 G5:0.5 E5:0.5 C#5:1 E5:1 |"
        "D5:0.5 F#5:0.5 A5:1 D6:0.5 A5:0.5 F#5:1 | D5:1 A5:0.5 F#5:0.5 D6:2"
    )
    roots = [chord[0] - (12 if chord[0] > 47 else 0) for chord in harmony]
    walking = [
        Note(bar * BEATS_PER_BAR + beat, 0.45, root + up, 1.0)
        for bar, root in enumerate(roots)
        for beat, up in ((0, 0), (1, 12), (1.5, 0), (2, 7), (3, 12), (3.5, 7))
    ]
    stabs = [
        Note(bar * BEATS_PER_BAR + beat, length, note, 1.0)
        for bar, chord in enumerate(harmony)
        for beat, length in ((0, 0.7), (1.5, 0.4), (2.5, 0.4), (3, 0.4))
        for note in chord[-3:]
    ]
    power = [
        Note(bar * BEATS_PER_BAR + beat, 0.9, note + 12, 0.9)
        for bar, chord in enumerate(harmony)
        for beat in range(BEATS_PER_BAR)
        for note in chord[:2]
    ]
    bars = range(12)
    offbeats = (0.5, 1.5, 2.5, 3.5)
    return (
        *doubled("steel", 0.0076, 0.7, 0.1, strum(harmony, (0, 1, 1.5, 2.5, 3, 3.5), JOYFUL_BPM)),
        *doubled("distorted", 0.173, 0.85, 0.06, power),
        *doubled("brass", 0.228, 0.4, 0.15, stabs),
        Part("bell", 0.055, 0.15, 0.25, tuple(tune)),
        Part("brass", 0.146, -0.1, 0.25, tuple(tune)),
        Part("bass", 0.127, 0.0, 0.02, tuple(walking)),
        Part("kick", 1.07, 0.0, 0.03, tuple(hits(bars, (0, 1, 2, 3)))),
        Part("clap", 0.292, 0.15, 0.2, tuple(hits(bars, (1, 3)))),
        Part("snare", 0.046, 0.0, 0.12, tuple(hits(bars, (1, 3)) + hits((7, 11), (3.5, 3.75)))),
        Part("hat", 0.023, 0.3, 0.05, tuple(hits(bars, (0, 1, 2, 3), 0.6) + hits(bars, offbeats))),
        Part("shaker", 0.198, -0.35, 0.1, tuple(hits(bars, [k / 4 for k in range(16)], 0.7))),
        Part("crash", 0.087, 0.3, 0.2, tuple(hits((0, 4, 8), (0,)))),
    )


def tense() -> tuple[Part, ...]:
    """A chase: overdriven guitars in E Phrygian, tritones, racing drums, shaking violins."""
    riff = "E2:0.5 E2:0.5 E2:0.5 F2:0.5 E2:0.5 E2:0.5 Bb2:0.5 A2:0.5"
    answer = "E2:0.5 E2:0.5 F2:0.5 E2:0.5 G2:0.5 F2:0.5 D#2:0.5 F2:0.5"
    ups = (0, 0, 0, 0, 1, 1, 0, 0, 3, 3, 6, 6, 7, 7)
    guitars = [
        Note(bar * BEATS_PER_BAR + n.start_beats, 0.42, n.pitch + up, 1.0 if i % 4 == 0 else 0.85)
        for bar, up in enumerate(ups)
        for i, n in enumerate(line(answer if bar % 2 else riff))
    ]
    low = [Note(n.start_beats, 0.4, n.pitch, n.velocity) for n in guitars]
    walls = [Note(bar * BEATS_PER_BAR, 3.8, pitch("E2") + up) for bar, up in enumerate(ups)]
    cluster = [
        Note(bar * BEATS_PER_BAR, 8, pitch(name) + ups[bar], 0.5 + 0.04 * bar)
        for bar in range(0, 14, 2)
        for name in ("E5", "F5", "Bb5", "B5")
    ]
    bars = range(14)
    eighths = [k / 2 for k in range(8)]
    sixteenths = [k / 4 for k in range(16)]
    rolls = hits((3, 7, 11, 13), (3.25, 3.5, 3.75), 0.8)
    return (
        *doubled("distorted", 0.28, 0.85, 0.06, guitars),
        *doubled("distorted", 0.15, 0.6, 0.06, walls),
        Part("bass", 0.29, 0.0, 0.02, tuple(low)),
        *doubled("tremolo", 0.11, 0.5, 0.3, cluster),
        Part(
            "kick",
            0.6,
            0.0,
            0.03,
            tuple(hits(range(8), eighths) + hits(range(8, 14), sixteenths, 0.85)),
        ),
        Part("snare", 0.24, 0.05, 0.15, tuple(hits(bars, (1, 3)) + rolls)),
        Part(
            "crash",
            0.35,
            -0.3,
            0.2,
            tuple(hits(range(0, 14, 2), (0,)) + hits(range(8, 14), (2,), 0.7)),
        ),
        Part("hat", 0.35, 0.4, 0.1, tuple(hits(bars, eighths))),
        Part(
            "tom",
            0.5,
            0.3,
            0.15,
            tuple(Note(13 * 4 + 2 + k / 4, 0.25, 50 - 2 * k) for k in range(8)),
        ),
    )


def sad() -> tuple[Part, ...]:
    """The tune in D minor, slow and low: cello, felt piano, dark strings."""
    harmony = chords(
        "D2 A2 D3 F3 A3 | Bb1 F2 Bb2 D3 F3 | G1 D2 G2 Bb2 D3 | A1 E2 A2 C#3 E3 | D2 A2 D3 F3 A3"
    )
    tune = line(
        "-:1 F4:2 E4:1 | D4:2.5 C4:0.5 Bb3:1 | A3:1 Bb3:2 G3:1 | C#4:1.5 Bb3:0.5 A3:2 | D3:4"
    )
    return (
        Part("piano", 0.20, -0.2, 0.12, tuple(arpeggio(harmony, (0, 2, 3, 4)))),
        *doubled("dark_pad", 0.015, 0.6, 0.12, held([chord[:4] for chord in harmony])),
        Part("cello", 0.09, 0.2, 0.12, tuple(tune)),
    )


SCENES = (
    Scene("calm", CALM_BPM, 6, calm),
    Scene("joyful", JOYFUL_BPM, 12, joyful, drive=6.05),
    Scene("tense", TENSE_BPM, 14, tense),
    Scene("sad", SAD_BPM, 5, sad),
)
"""The performance, in order."""
