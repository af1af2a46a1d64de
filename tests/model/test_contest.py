"""Where the GPU begins to win, and what auto makes of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from realtime_mer.model import load_model, session
from realtime_mer.model.contest import LEAST_BATCH_FOR_GPU, duration_s, first_win


@pytest.mark.parametrize(
    ("gpu_call_s", "most", "found"),
    [
        (500e-6, 65_536, 128),
        (500e-6, 64, None),
        (1e-6, 65_536, LEAST_BATCH_FOR_GPU),
        (1.0, 4096, None),
    ],
)
def test_first_win_is_where_the_lines_cross(
    gpu_call_s: float, most: int, found: int | None
) -> None:
    """A processor at 6 µs a stream is passed by a device that costs only its call."""
    assert first_win(lambda batch: 6e-6 * batch, lambda batch: gpu_call_s, most) == found


def test_the_shortest_run_counts_and_the_first_does_not() -> None:
    """Compiling, and whatever else the machine had to do, is not the step's."""
    ticks = itertools.accumulate([0.0, 9.0, 0.0, 2.0, *[0.0, 5.0] * 10])
    runs = []
    assert duration_s(lambda: runs.append(1), lambda: next(ticks)) == 2.0
    assert len(runs) == 8


@pytest.mark.parametrize(
    ("batch", "gpu_s", "chosen"),
    [(1, 0.0, "cpu"), (LEAST_BATCH_FOR_GPU, 0.0, "cuda"), (4096, 1e9, "cpu")],
)
def test_auto_takes_the_gpu_only_where_it_wins(
    monkeypatch: pytest.MonkeyPatch, batch: int, gpu_s: float, chosen: str
) -> None:
    """One stream never goes to a GPU; many do where it was measured to be quicker.

    The device here is the processor under another name, its speed an assertion.
    """
    create = session.create_session

    def pretend(content: bytes, provider: str) -> tuple[object, str]:
        return create(content, "cpu")[0], "cpu" if provider == "cpu" else "cuda"

    monkeypatch.setattr(session, "create_session", pretend)
    measured = {"cpu": 1e-3, "cuda": gpu_s}
    monkeypatch.setattr(session, "step_s", lambda model, batch: measured[model.provider])
    assert load_model(batch=batch).provider == chosen


def test_auto_without_a_gpu_is_the_processor() -> None:
    """A batch that a GPU would win is computed where there is none."""
    from realtime_mer.model.provider import cuda_driver_present

    if not cuda_driver_present():
        assert load_model(batch=4096).provider == "cpu"
    assert load_model(batch=1).provider == "cpu"


def test_steps_are_measured_in_seconds() -> None:
    """A step of a batch takes some time, and less than ten seconds."""
    assert 1e-6 < session.step_s(load_model(provider="cpu"), 3) < 10.0


def test_model_file_is_no_part_of_the_choice(tmp_path: Path) -> None:
    """A missing file is named whatever the batch."""
    from realtime_mer.errors import UserError

    with pytest.raises(UserError, match="no model file"):
        load_model(tmp_path / "absent.onnx", batch=4096)
