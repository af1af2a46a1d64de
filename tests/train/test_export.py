"""From nothing to a model that runs live."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from realtime_mer.model.session import load_model
from realtime_mer.tracker import Tracker
from train.export import export
from train.fit import fit
from train.network import MoodNetwork
from train.predict import predict
from train.settings import Settings

RATE_HZ = 16_000
TINY = Settings(
    shares={"emotify": 1.0},
    crop_steps=12,
    batch=12,
    batches_per_epoch=15,
    epochs=2,
    hidden=16,
    ear=(2, 3, 4, 4),
    wide=8,
    pretraining_batches=0,
    dropout=0.0,
    learning_rate=1e-2,
    average=0.9,
)


@pytest.fixture(scope="module")
def fitted(excited_and_calm, tmp_path_factory) -> tuple[MoodNetwork, Path]:
    """A network fitted from nothing, and its ONNX file."""
    folder = tmp_path_factory.mktemp("fit")
    (network,) = fit(excited_and_calm, TINY, folder, report=lambda line: None)
    path = folder / "tiny.onnx"
    export(network, path, name="tiny", prior_std=(0.5, 0.5), training={"settings": "tiny"})
    return network, path


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_onnx_equals_torch(fitted, batch: int) -> None:
    """The exported file gives what torch gives, within 1e-5, for any number of streams."""
    network, path = fitted
    model = load_model(path, "cpu")
    generator = np.random.default_rng(batch)
    state, torch_state = model.initial_state(batch), torch.from_numpy(model.initial_state(batch))
    for _ in range(5):
        frames = generator.normal(-30.0, 15.0, (batch, 25, 64)).astype(np.float32)
        mean, std, state = model.step(frames, state)
        with torch.inference_mode():
            given = network.step(torch.from_numpy(frames), torch_state)
        torch_state = given[2]
        for ours, theirs in zip((mean, std, state), given, strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=1e-5)


def test_model_names_itself(fitted) -> None:
    """The file carries name, dimensions and the record of its training."""
    model = load_model(fitted[1], "cpu")
    assert model.name == "tiny"
    assert model.dimensions == ("arousal", "valence")
    assert model.metadata.training == {"settings": "tiny"}


def test_live_estimates_equal_those_of_training(fitted, make_sound) -> None:
    """The tracker fed in blocks gives what the training code predicts from frames."""
    from realtime_mer.frontend import log_mel

    network, path = fitted
    samples = make_sound(True, 8.0, 99)
    tracker = Tracker(RATE_HZ, load_model(path, "cpu"))
    live = []
    for start in range(0, len(samples), 1_234):
        live += tracker.feed(samples[start : start + 1_234])
    (series,) = predict(network, [log_mel(samples, RATE_HZ)])
    assert len(live) == 16
    np.testing.assert_allclose([e.time_s for e in live], series.time_s)
    np.testing.assert_allclose([e.raw_mean for e in live], series.mean, atol=1e-4)
    # The spread begins as the ratings' own and has become the model's after some seconds.
    np.testing.assert_allclose(live[-1].std, series.std[-1], atol=1e-3)


def test_fit_tells_excited_from_calm(fitted, make_sound) -> None:
    """Half a minute of fitting is enough to hear which unheard sound is excited."""
    model = load_model(fitted[1], "cpu")
    arousal = {}
    for excited in (True, False):
        estimates = Tracker(RATE_HZ, model).feed(make_sound(excited, 8.0, 77))
        arousal[excited] = np.mean([e.arousal for e in estimates[6:]])
    assert arousal[True] > 0.2
    assert arousal[False] < -0.2
