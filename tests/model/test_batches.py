"""Large batches in pieces, and batches whose state stays on the device."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from realtime_mer.model import EmotionModel, load_model
from realtime_mer.model.batches import PIECE, Pieces, cores


@pytest.fixture(scope="module")
def model() -> EmotionModel:
    """The network that ships."""
    return load_model(provider="cpu", workers=2)


def inputs(batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return frames and a state for so many streams."""
    random = np.random.default_rng(batch)
    frames = random.normal(-30.0, 15.0, (batch, 25, 64)).astype(np.float32)
    return frames, random.random((4, batch, 128)).astype(np.float32)


@pytest.mark.parametrize("batch", [1, PIECE, PIECE + 1, 3 * PIECE - 5])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_pieces_give_what_each_stream_gives_alone(
    model: EmotionModel, batch: int, workers: int
) -> None:
    """However a batch is cut and shared, every stream is where it was, to 1e-5."""
    shared = EmotionModel(model._session, model.metadata, "cpu", workers)
    frames, state = inputs(batch)
    whole = shared.step(frames, state)
    for stream in {0, batch // 2, batch - 1}:
        alone = model.step(frames[[stream]], np.ascontiguousarray(state[:, [stream]]))
        np.testing.assert_allclose(whole[0][stream], alone[0][0], atol=1e-5)
        np.testing.assert_allclose(whole[1][stream], alone[1][0], atol=1e-5)
        np.testing.assert_allclose(whole[2][:, stream], alone[2][:, 0], atol=1e-5)
    assert whole[2].shape == state.shape


def test_small_batches_stay_in_the_callers_thread() -> None:
    """Whoever has few streams pays for no other thread; whoever has many uses every worker."""
    seen: set[str] = set()
    together = threading.Barrier(2)

    def step(frames, state):  # type: ignore[no-untyped-def]
        seen.add(threading.current_thread().name)
        if len(frames) < PIECE:
            together.wait(10.0)
        return frames[:, 0, :2], frames[:, 0, :2], state

    pieces = Pieces(step, 2)
    pieces.step(*inputs(PIECE))
    assert seen == {threading.main_thread().name}
    seen.clear()
    pieces.step(*inputs(PIECE + 2))
    assert len(seen) == 2
    assert threading.main_thread().name not in seen


def test_there_is_a_core() -> None:
    """However few cores a process may use, it is at least one."""
    assert cores() >= 1


def test_resident_state_is_the_state(model: EmotionModel) -> None:
    """Five steps with the state left on the device are five steps with it carried."""
    frames, state = inputs(7)
    resident = model.resident(state)
    for _ in range(5):
        mean, std, state = model.step(frames, state)
        given = resident.step(frames)
        np.testing.assert_allclose(given[0], mean, atol=1e-6)
        np.testing.assert_allclose(given[1], std, atol=1e-6)
    np.testing.assert_allclose(resident.state(), state, atol=1e-6)
    before = resident.state()
    resident.step(frames)
    resident.step(frames)
    assert not np.array_equal(before, resident.state())  # and what was handed out is a copy
