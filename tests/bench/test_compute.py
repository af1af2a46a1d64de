"""The measurements of front end and model."""

from __future__ import annotations

import pytest

from realtime_mer.bench import compute
from realtime_mer.errors import UserError
from realtime_mer.model import load_model


def test_every_part_is_measured_in_plausible_order() -> None:
    """25 frames take longer than one, a batch longer than a stream, all less than their time."""
    model = load_model(provider="cpu", workers=1)
    frame, step = compute.front_end(0.05)
    batches = list(compute.model_step(model, 0.05, "CPU"))
    whole, factor = compute.one_stream(model, 0.05)
    for figure in (frame, step, *batches, whole):
        assert figure.median is not None
        assert figure.p95 is not None
        assert figure.p99 is not None
        assert 0.0 < figure.median <= figure.p95 <= figure.p99
        assert figure.count >= 5
    assert frame.median < step.median < 500.0
    assert [figure.key for figure in batches] == [f"model_cpu_{batch}" for batch in compute.BATCHES]
    assert batches[0].median < batches[-1].median
    assert factor.median == pytest.approx(whole.median / 500.0)


def test_streams_of_a_core_are_counted() -> None:
    """A few streams in one engine tell how many there could be: more than those few."""
    figure = compute.many_streams(load_model(provider="cpu", workers=1), 0.1, streams=4)
    assert figure.median is not None
    assert figure.p99 is not None
    assert figure.p99 <= figure.median
    assert figure.median > 4


def test_no_gpu_is_not_measured() -> None:
    """Every line of a GPU that is not there says so."""
    found = list(compute.model_step_on_gpu(UserError("no"), 0.01))
    assert len(found) == len(compute.BATCHES)
    assert {figure.median for figure in found} == {None}
