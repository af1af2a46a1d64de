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


@pytest.mark.parametrize("semitones", [-3, 2, 12])
def test_transposing_moves_every_note_and_nothing_else(tmp_path: Path, semitones: int) -> None:
    """All notes move by the interval, those at the edge by an octave less; time stays."""
    mido = pytest.importorskip("mido")
    track = mido.MidiTrack()
    for note in (0, 1, 60, 126, 127):
        track.append(mido.Message("note_on", note=note, velocity=64, time=10))
        track.append(mido.Message("note_off", note=note, time=20))
    track.append(mido.Message("note_on", note=35, channel=9, velocity=64))
    file = mido.MidiFile(tracks=[track])
    file.save(tmp_path / "in.mid")
    out = audio.transpose(tmp_path / "in.mid", semitones, tmp_path / "out.mid")
    before, after = (
        [m for m in mido.MidiFile(path).tracks[0] if not m.is_meta]
        for path in (tmp_path / "in.mid", out)
    )
    assert [m.time for m in before] == [m.time for m in after]
    assert before[-1] == after[-1], "drums have no key"
    for old, new in zip(before[:-1], after[:-1], strict=True):
        assert new.note - old.note in (semitones, semitones + 12, semitones - 12)
        assert (new.note - old.note == semitones) == (0 <= old.note + semitones <= 127)
