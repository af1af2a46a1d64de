"""What is trained on: every recording with audio, in its renderings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from train.examples import load_examples


def test_recordings_without_audio_are_left_out(excited_and_calm, own_cache) -> None:
    """A recording that is only rated is in no example; the others have the front end's frames."""
    known = excited_and_calm[0]
    recordings = [known.recording, replace(known.recording, id="silent", path=None)]
    (example,) = load_examples(recordings, renderings=3)
    assert example.recording == known.recording
    assert len(example.frames) == 1  # soundfonts are for MIDI alone
    # The file holds 16 bits, the front end was given more.
    np.testing.assert_allclose(example.frames[0], known.frames[0], atol=0.5)
    assert example.teacher == ()
