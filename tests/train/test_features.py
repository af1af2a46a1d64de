"""Features are the live front end's, and a stale cache is never read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

import realtime_mer.frontend
import realtime_mer.frontend.spec
from realtime_mer.frontend import log_mel
from train import cache, crops, export, features, network, predict

RATE_HZ = 16_000


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    features.frames_folder.cache_clear()
    yield tmp_path / "cache"
    features.frames_folder.cache_clear()


def test_front_end_is_the_live_one() -> None:
    """Training uses the very objects of the live front end, not a second implementation."""
    assert features.log_mel is realtime_mer.frontend.log_mel
    assert crops.normalise_steps is realtime_mer.frontend.normalise_steps
    assert predict.normalise_steps is realtime_mer.frontend.normalise_steps
    for module in (features, crops, export, network):
        assert module.FRONT_END is realtime_mer.frontend.spec.FRONT_END


def test_stored_frames_are_those_of_the_file(excited_and_calm, empty_cache) -> None:
    """What comes from the cache is what the front end gives, within half a step of float16."""
    recording = excited_and_calm[0].recording
    computed = features.frames(recording)
    stored = features.frames(recording)
    samples, rate_hz = soundfile.read(recording.path, dtype="float32")
    assert rate_hz == RATE_HZ
    np.testing.assert_array_equal(computed, stored)
    np.testing.assert_allclose(stored, log_mel(samples, RATE_HZ), atol=0.05)
    assert len(list(empty_cache.rglob("*.npz"))) == 2  # the probe and the frames


def test_changed_file_is_not_read_from_the_cache(excited_and_calm, empty_cache, tmp_path) -> None:
    """Frames belong to the content of the file, not to its name."""
    path = tmp_path / "sound.wav"
    recording = replace(excited_and_calm[0].recording, path=path)
    soundfile.write(path, np.full(RATE_HZ, 0.1), RATE_HZ)
    first = features.frames_path(recording)
    soundfile.write(path, np.full(RATE_HZ, 0.2), RATE_HZ)
    assert features.frames_path(recording) != first


def test_changed_front_end_begins_a_new_cache(empty_cache, monkeypatch) -> None:
    """A kernel that gives other numbers for the same constants reads none of the old frames."""
    before = features.frames_folder()
    features.frames_folder.cache_clear()
    monkeypatch.setattr(features, "log_mel", lambda samples, rate: log_mel(samples, rate) + 0.2)
    after = features.frames_folder()
    assert after != before
    features.frames_folder.cache_clear()
    monkeypatch.setattr(features, "log_mel", lambda samples, rate: log_mel(samples, rate) + 0.01)
    assert features.frames_folder() == before  # the last bits of another processor


def test_damaged_file_is_computed_again(excited_and_calm, empty_cache) -> None:
    """A file cut short is as if it were not there."""
    recording = excited_and_calm[1].recording
    whole = features.frames(recording)
    path = features.frames_path(recording)
    path.write_bytes(path.read_bytes()[:1000])
    np.testing.assert_array_equal(features.frames(recording), whole)


def test_fingerprint_tells_parts_apart() -> None:
    """Neither the order of names matters nor can one part pass for two."""
    assert cache.fingerprint(a=1, b=2) == cache.fingerprint(b=2, a=1)
    assert cache.fingerprint(a="x", b="yz") != cache.fingerprint(a="xy", b="z")
    assert cache.fingerprint(a=b"1") != cache.fingerprint(b=b"1")
