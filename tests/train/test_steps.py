"""Described steps: what stands in their columns, and that they are computed once."""

from __future__ import annotations

import numpy as np
import torch

from train import features
from train.steps import COLUMNS, WIDTH, columns, cosines, describe, steps


def test_description_of_a_step_is_what_it_says() -> None:
    """Mean, spread, cepstra and last frame lie where the table of columns says."""
    frames = torch.randn(3, 25, 64)
    described = describe(frames)
    assert described.shape == (3, WIDTH)
    torch.testing.assert_close(described[:, COLUMNS["mean"]], frames.mean(1))
    torch.testing.assert_close(described[:, COLUMNS["frame"]], frames[:, 24])
    spread = frames.std(1, correction=0)
    torch.testing.assert_close(described[:, COLUMNS["spread"]], spread, rtol=1e-3, atol=1e-3)
    assert len(columns("mfcc", "frame")) == 84


def test_cepstra_are_scipys() -> None:
    """The cosines are the orthonormal DCT-II, first 20."""
    from scipy.fft import dct

    frames = np.random.default_rng(0).normal(size=(4, 64))
    expected = dct(frames, type=2, norm="ortho", axis=1)[:, :20]
    np.testing.assert_allclose(frames @ cosines().double().numpy(), expected, atol=1e-5)


def test_described_steps_come_back_from_disk(excited_and_calm, own_cache, monkeypatch) -> None:
    """Only music counts, and the second call reads what the first one wrote."""
    recording = excited_and_calm[0].recording
    first = steps(recording)
    monkeypatch.setattr(features, "frames", None)  # nothing is computed again
    again = steps(recording)
    assert first["values"].shape == (len(first["time_s"]), WIDTH)
    assert len(first["time_s"]) >= 20
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
