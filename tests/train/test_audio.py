"""MIDI becomes sound, and what stands in the way is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime_mer.errors import UserError
from train import audio, datasets


@pytest.mark.data
def test_midi_is_rendered_to_its_length(shared_data: Path) -> None:
    """A piece is cut where its ratings end, sounds, and does not clip."""
    piece = min(datasets.load("vgmidi", shared_data), key=lambda r: r.cut_s or 0.0)
    samples, rate_hz = audio.load_audio(piece)
    assert rate_hz == audio.RENDER_RATE_HZ
    assert len(samples) == round(piece.cut_s * rate_hz)
    assert 0.02 < np.abs(samples).max() < 1.0


def test_missing_soundfont_is_named(tmp_path: Path, monkeypatch) -> None:
    """Without the soundfont the sentence says which package brings it."""
    monkeypatch.setattr(audio.shutil, "which", lambda name: "/usr/bin/fluidsynth")
    nowhere = audio.Instrument("none", (str(tmp_path / "none.sf2"),), 1.0, None)
    with pytest.raises(UserError, match=r"none.sf2 is missing; install fluid-soundfont-gm"):
        audio.render(tmp_path / "a.mid", nowhere)


def test_missing_fluidsynth_is_named(tmp_path: Path, monkeypatch) -> None:
    """Without FluidSynth the sentence says what to install."""
    monkeypatch.setattr(audio.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="install `fluidsynth`"):
        audio.render(tmp_path / "a.mid", audio.INSTRUMENTS[0])
