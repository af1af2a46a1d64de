"""Recordings with all they are trained on: frames of each rendering, and a teacher's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from train import features, yamnet
from train.audio import INSTRUMENTS
from train.crops import Example
from train.datasets.base import Recording
from train.teacher import teach


def load_examples(
    recordings: Sequence[Recording],
    renderings: int,
    held_out: Sequence[Set[str]] = (),
    fold_of: Mapping[str, int] | None = None,
) -> list[Example]:
    """Return recordings with all they are trained on, from the cache where possible.

    Args:
        recordings: those without audio are left out.
        renderings: soundfonts for MIDI.
        held_out: for each network that is to have a teacher, what it must not hear; nothing
            where there are no teachers, which then needs no YAMNet.
        fold_of: as :func:`hold_out` gives it.
    """
    from rich.progress import track

    recordings = [r for r in recordings if r.path is not None]
    answers = {}
    if held_out:
        for recording in track(recordings, "YAMNet"):
            yamnet.steps(recording)
        answers = teach(recordings, held_out, fold_of or {})
    examples = []
    for recording in track(recordings, "Frames"):
        instruments = INSTRUMENTS[: renderings if recording.is_midi else 1]
        frames = tuple(features.frames(recording, instrument) for instrument in instruments)
        # Another soundfont changes what YAMNet hears little, and the notes stay in place.
        taught = (answers[recording.key],) if recording.key in answers else ()
        examples.append(Example(recording, frames, taught))
    return examples
