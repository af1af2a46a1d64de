"""A table of tracks with valence, arousal and dominance beside a folder of audio.

The layout of MuSe (Akiki, Burghardt 2021), whose values come from the words people tagged
the tracks with, looked up in the NRC VAD lexicon: ``valence_tags``, ``arousal_tags`` and
``dominance_tags`` on 1 to 9, where 5 is neutral.
"""

from __future__ import annotations

from pathlib import Path

from realtime_mer.errors import UserError
from train.datasets.base import Ratings, Recording, read_table, require_unique
from train.datasets.unlabelled import SUFFIXES

LICENCE = "as the table's own"
MIDDLE, HALF_RANGE = 5.0, 4.0


def load(folder: Path) -> list[Recording]:
    """Load ``tracks.csv`` (track, artist, valence_tags, arousal_tags, dominance_tags) with
    ``audio/TRACK.*``; the group is the artist. Tracks without audio are left out."""
    table = folder / "tracks.csv"
    columns = ("track", "artist", "valence_tags", "arousal_tags", "dominance_tags")
    audio = {
        p.stem: p for p in sorted((folder / "audio").glob("*")) if p.suffix.lower() in SUFFIXES
    }
    recordings = []
    for row in read_table(table, columns):
        name = row.text("track")
        values = {
            d: (row.number(f"{d}_tags", 1, 9) - MIDDLE) / HALF_RANGE
            for d in ("arousal", "valence", "dominance")
        }
        if name in audio:
            ratings = Ratings.static(
                values["arousal"], values["valence"], dominance=values["dominance"]
            )
            recordings.append(
                Recording("vad", name, audio[name], row.text("artist"), ratings, LICENCE)
            )
    if not recordings:
        raise UserError(f"{folder / 'audio'} holds no track named in {table}.")
    return require_unique(recordings, table)
