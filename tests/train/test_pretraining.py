"""An ear learns what YAMNet hears, and nothing of the ratings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from train import pretraining, yamnet
from train.datasets.base import Ratings, Recording
from train.ear import Ear
from train.network import Encoder
from train.pretraining import Pupil, part, pretrain, pretrain_all
from train.settings import Settings

SMALL = Settings(ear=(4, 6, 8, 8), wide=16, hidden=8, pretraining_batches=30)


@pytest.fixture(scope="module")
def real_yamnet(excited_and_calm) -> dict[str, dict[str, np.ndarray]]:
    """What YAMNet itself hears in the recordings."""
    from train.audio import load_audio

    return {e.recording.key: yamnet.listen(*load_audio(e.recording)) for e in excited_and_calm}


@pytest.fixture
def recordings(excited_and_calm, real_yamnet, own_cache, monkeypatch) -> list[Recording]:
    """Twelve recordings with real embeddings and a cache of their own."""
    monkeypatch.setattr(yamnet, "steps", lambda recording: real_yamnet[recording.key])
    return [example.recording for example in excited_and_calm]


def said_percent(recordings: list[Recording], settings: Settings) -> float:
    """Pretrain and return the share of variance that the report names."""
    lines: list[str] = []
    pretrain(recordings, settings, report=lines.append)
    return float(lines[0].split()[1])


def test_more_batches_teach_more(recordings) -> None:
    """What YAMNet hears is said better after thirty batches than after three."""
    few = said_percent(recordings, replace(SMALL, pretraining_batches=3))
    assert said_percent(recordings, replace(SMALL, pretraining_batches=60)) > few + 10


def test_ratings_have_no_part_in_it(recordings, tmp_path, monkeypatch) -> None:
    """Other ratings, the same weights to the last bit."""
    before = pretrain(recordings, SMALL, report=lambda text: None)
    changed = [replace(r, ratings=Ratings.static(-1.0, 1.0)) for r in recordings]
    monkeypatch.setattr(pretraining.cache, "CACHE", tmp_path / "another")
    after = pretrain(changed, SMALL, report=lambda text: None)
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


def test_taught_weights_come_back_from_disk(recordings, monkeypatch) -> None:
    """The second time nothing is fitted; other settings are fitted anew."""
    first = pretrain(recordings, SMALL, report=lambda text: None)
    fitted: list[object] = []
    monkeypatch.setattr(pretraining, "_teach", lambda *given: fitted.append(given) or {})
    again = pretrain(recordings, SMALL, report=lambda text: None)
    assert not fitted
    assert first.keys() == again.keys()
    pretrain(recordings, replace(SMALL, wide=24), report=lambda text: None)
    assert len(fitted) == 1


def test_each_network_hears_nothing_that_is_held_out(recordings, monkeypatch) -> None:
    """The ear of a fold is taught without its recordings; without batches there is none."""
    heard: list[set[str]] = []
    real = pretraining.listen

    def listen(chosen, generator):
        heard.append({r.key for r in chosen})
        return real(chosen, generator)

    monkeypatch.setattr(pretraining, "listen", listen)
    keys = {r.key for r in recordings}
    held_out = [set(list(keys)[:4]), set()]
    given = pretrain_all(recordings, SMALL, held_out, report=lambda text: None)
    assert given is not None
    assert sorted(heard, key=len) == [keys - held_out[0], keys]
    assert (given[0]["encoder.first.weight"] != given[1]["encoder.first.weight"]).any()
    assert pretrain_all(recordings, replace(SMALL, pretraining_batches=0), held_out) is None


def test_threads_change_no_weight(recordings, tmp_path, monkeypatch) -> None:
    """Ears that are taught side by side are those that are taught one by one."""
    held_out = [set(), {recordings[0].key}]
    both = pretrain_all(recordings, replace(SMALL, threads=2), held_out, report=lambda text: None)
    monkeypatch.setattr(pretraining.cache, "CACHE", tmp_path / "another")
    alone = pretrain_all(recordings, replace(SMALL, threads=1), held_out, report=lambda text: None)
    assert both is not None
    assert alone is not None
    for ours, theirs in zip(both, alone, strict=True):
        for name, value in ours.items():
            np.testing.assert_array_equal(value, theirs[name])


@torch.no_grad()
def test_weights_hold_the_normalisations() -> None:
    """What is kept gives the answers of the pupil, whose normalisations are no more."""
    torch.manual_seed(0)
    pupil = Pupil(SMALL)
    pupil.ear.standardise(20.0 * torch.randn(40, 25, 64) - 30.0)
    for _ in range(5):  # so that the normalisations have seen something
        pupil.train()(20.0 * torch.randn(16, 25, 64) - 30.0)
    frames = 20.0 * torch.randn(9, 25, 64) - 30.0
    wanted = pupil.eval()(frames)
    weights = pupil.weights()
    ear, encoder = Ear(SMALL.ear), Encoder(Ear(SMALL.ear).size, SMALL.wide, SMALL.hidden, 0.0)
    ear.load_state_dict(part(weights, "ear"))
    encoder.load_state_dict(part(weights, "encoder"))
    torch.testing.assert_close(pupil.answer(encoder(ear(frames))), wanted, atol=1e-4, rtol=1e-4)
