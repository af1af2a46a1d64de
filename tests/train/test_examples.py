"""What is trained on: every recording with audio, in its renderings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from train import cache
from train.examples import load_examples
from train.features import frames_folder


def test_recordings_without_audio_are_left_out(excited_and_calm, tmp_path, monkeypatch) -> None:
    """A recording that is only rated is in no example; the others have the front end's frames."""
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    frames_folder.cache_clear()
    known = excited_and_calm[0]
    recordings = [known.recording, replace(known.recording, id="silent", path=None)]
    (example,) = load_examples(recordings, renderings=3)
    frames_folder.cache_clear()
    assert example.recording == known.recording
    assert len(example.frames) == 1  # soundfonts are for MIDI alone
    # The file holds 16 bits, the front end was given more.
    np.testing.assert_allclose(example.frames[0], known.frames[0], atol=0.5)
    assert example.teacher == ()
