"""EMOPIA: piano clips of pop songs as played MIDI, the quadrant agreed by four raters.

Hung et al., "EMOPIA: a multi-modal pop piano dataset for emotion recognition and
emotion-based music generation", ISMIR 2021.
"""

from __future__ import annotations

from pathlib import Path

from train.datasets.base import Ratings, Recording, read_table, require_unique

LICENCE = "research use (EMOPIA, CC BY-NC-SA 4.0)"


def load(folder: Path) -> list[Recording]:
    """Load ``clips.csv``; the group is the song the clip was cut from."""
    table = folder / "clips.csv"
    recordings = []
    for row in read_table(table, ("clip", "quadrant", "song", "duration_s")):
        name = row.text("clip")
        recordings.append(
            Recording(
                "emopia",
                name,
                row.file(folder / "midi" / f"{name}.mid"),
                row.text("song"),
                Ratings.quadrant(row.quadrant("quadrant")),
                LICENCE,
                cut_s=row.number("duration_s", 0.5),
            )
        )
    return require_unique(recordings, table)
