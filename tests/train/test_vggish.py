"""VGGish: its own front end, its weights by name, and silence about what is not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from realtime_mer.errors import UserError
from train import vggish
from train.datasets.base import Ratings, Recording
from train.systems import cnn, lstm

RECORDING = Recording("none", "x", None, "g", Ratings.none(), "none")

# Names and shapes of torchvggish's published state dictionary.
LAYERS = {
    "features.0": (64, 1, 3, 3),
    "features.3": (128, 64, 3, 3),
    "features.6": (256, 128, 3, 3),
    "features.8": (256, 256, 3, 3),
    "features.11": (512, 256, 3, 3),
    "features.13": (512, 512, 3, 3),
    "embeddings.0": (4096, 12288),
    "embeddings.2": (4096, 4096),
    "embeddings.4": (128, 4096),
}


def test_weights_have_the_ports_names() -> None:
    """Every published weight has its place, with its shape, and no other is needed."""
    with torch.device("meta"):
        state = vggish.Vggish().state_dict()
    expected = {f"{name}.weight": shape for name, shape in LAYERS.items()}
    expected |= {f"{name}.bias": (shape[0],) for name, shape in LAYERS.items()}
    assert {name: tuple(value.shape) for name, value in state.items()} == expected


def test_bands_are_straight_in_mel() -> None:
    """Inside the range neighbouring triangles add up to 1; outside there is nothing."""
    total = vggish.filters().sum(1)
    hertz = np.arange(257) * vggish.RATE_HZ / vggish.FFT
    inner = (hertz > 250) & (hertz < 7_000)
    np.testing.assert_allclose(total[inner], 1.0, atol=1e-9)
    assert (total[(hertz < 125) | (hertz > 7_500)] == 0).all()


def test_a_tone_lies_in_its_band() -> None:
    """1 kHz is loudest in the band whose centre is nearest in mel."""
    seconds = np.arange(vggish.RATE_HZ) / vggish.RATE_HZ
    frames = vggish.log_mel(np.sin(2 * np.pi * 1_000.0 * seconds).astype(np.float32))
    edges = np.linspace(vggish.mel(125.0), vggish.mel(7_500.0), 66)
    nearest = int(np.argmin(np.abs(edges[1:-1] - vggish.mel(1_000.0))))
    assert frames.shape == (98, 64)
    assert set(frames.argmax(1)) <= {nearest - 1, nearest, nearest + 1}


def test_missing_weights_are_named(tmp_path, monkeypatch) -> None:
    """Without weights there is no system, and asking for it ends in one sentence."""
    monkeypatch.setenv("REALTIME_MER_DATA", str(tmp_path))
    assert vggish.weights_path() is None
    assert not lstm.on_vggish()
    assert not cnn.on_vggish()
    with pytest.raises(UserError, match=r"vggish-10086976\.pth"):
        vggish.listen(RECORDING, np.zeros(16_000, np.float32), 16_000)


def test_other_weights_are_named(tmp_path, monkeypatch) -> None:
    """A file that holds something else ends in one sentence."""
    monkeypatch.setenv("REALTIME_MER_DATA", str(tmp_path))
    (tmp_path / "models").mkdir()
    torch.save({"a": torch.zeros(1)}, tmp_path / "models" / "vggish.pth")
    with pytest.raises(UserError, match="does not hold the weights"):
        vggish.listen(RECORDING, np.zeros(16_000, np.float32), 16_000)


@pytest.mark.e2e
def test_steps_are_embedded_with_the_users_weights(tmp_path, monkeypatch) -> None:
    """With a file of the right layout there are systems, and 128 numbers for each step."""
    monkeypatch.setenv("REALTIME_MER_DATA", str(tmp_path))
    (tmp_path / "models").mkdir()
    torch.manual_seed(0)
    torch.save(vggish.Vggish().state_dict(), tmp_path / "models" / "vggish-test.pth")
    sound = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    whole = vggish.listen(RECORDING, sound, 48_000)["embedding"]
    assert whole.shape == (2, 128)
    assert np.isfinite(whole).all()
    # The first step knows nothing of the second.
    other = sound.copy()
    other[30_000:] = 0.0
    again = vggish.listen(RECORDING, other, 48_000)["embedding"]
    np.testing.assert_allclose(whole[0], again[0], atol=2e-3)
    assert [s.name for s in (*lstm.on_vggish(), *cnn.on_vggish())] == [
        "LSTM on VGGish's embedding",
        "CNN on VGGish's embedding",
    ]
