"""Models in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tiny_model import write_tiny_model

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model import EmotionModel, load_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model that obeys every rule."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


def frames(batch: int, seed: int = 0) -> np.ndarray:
    """Return frames for a batch of streams."""
    random = np.random.default_rng(seed)
    return random.normal(-30.0, 15.0, (batch, 25, FRONT_END.bands)).astype(np.float32)


def test_state_is_carried(model: EmotionModel) -> None:
    """The same frames after another past give another answer, and the past can be replayed."""
    first, second = frames(1, 1), frames(1, 2)
    _, _, state = model.step(first, model.initial_state())
    with_past = model.step(second, state)[0]
    assert not np.array_equal(with_past, model.step(second, model.initial_state())[0])
    assert np.array_equal(with_past, model.step(second, state)[0])


def test_streams_in_one_call_do_not_touch(model: EmotionModel) -> None:
    """Sixteen streams at once give what each gives alone."""
    batch, state = frames(16), model.initial_state(16)
    mean, std, after = model.step(batch, state)
    assert mean.shape == std.shape == (16, 2)
    for stream in range(16):
        alone = model.step(batch[stream : stream + 1], model.initial_state())
        np.testing.assert_allclose(mean[stream], alone[0][0], atol=1e-6)
        np.testing.assert_allclose(std[stream], alone[1][0], atol=1e-6)
        np.testing.assert_allclose(after[:, stream], alone[2][:, 0], atol=1e-6)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path without a file ends in a sentence with --model in it."""
    with pytest.raises(UserError, match=r"no model file at .*absent\.onnx.*--model"):
        load_model(tmp_path / "absent.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07" * 500])
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nonsense ends in one sentence, whatever ONNX Runtime thinks of it."""
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.onnx") as error:
        load_model(path, "cpu")
    assert "\n" not in str(error.value)


def test_truncated_model_is_refused(tmp_path: Path) -> None:
    """Half a download does not run."""
    whole = write_tiny_model(tmp_path / "tiny.onnx").read_bytes()
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="half"):
        load_model(tmp_path / "half.onnx", "cpu")


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    """A record that promises another state than the network takes is not believed."""
    path = write_tiny_model(tmp_path / "tiny.onnx", metadata={"state": [3, 99]})
    with pytest.raises(UserError, match="does not match the front end"):
        load_model(path, "cpu")


def test_other_front_end_is_refused(tmp_path: Path) -> None:
    """A model trained on other frames is refused, with the first difference."""
    front_end = FRONT_END.as_dict() | {"window_s": 0.025}
    path = write_tiny_model(tmp_path / "tiny.onnx", front_end=front_end)
    with pytest.raises(UserError, match=r"window_s is 0\.025 there and 0\.04 here"):
        load_model(path, "cpu")
