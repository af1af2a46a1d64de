"""The programs that write docs/benchmarks.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import gpu, marks, peers, side_by_side
from benchmarks.__main__ import PAGE

Measured = tuple[list[side_by_side.Cost], dict[str, str]]


def absent():  # type: ignore[no-untyped-def]
    """Ask for a package that nobody has."""
    import no_such_package_at_all  # type: ignore[import-not-found]

    yield no_such_package_at_all


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Costs of ours and librosa, and what is said of one that is not installed."""
    chosen = {name: peers.MAKERS[name] for name in ("realtime-mer", "librosa")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "MAKERS", {**chosen, "elsewhere": absent})
        return side_by_side.measure(rounds=2)


def test_what_is_missing_is_said_and_the_rest_measured(measured: Measured, tmp_path: Path) -> None:
    """Each has a line with its version, ours is once itself, and a plot can be drawn."""
    costs, missing = measured
    assert set(missing) == {"elsewhere"}
    assert {cost.peer.key for cost in costs} == {
        "ours", "frames", "librosa_stream", "librosa_batch"
    }  # fmt: skip
    by_key = {cost.peer.key: cost for cost in costs}
    assert by_key["ours"].times_ours == [1.0, 1.0]
    text = side_by_side.describe(costs, missing)
    assert "| elsewhere |  | not measured |" in text
    assert by_key["librosa_batch"].peer.version in text
    assert text.count("\n") == 1 + len(costs) + 1
    side_by_side.plot(costs, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 5_000


def test_marks_of_what_is_missing_are_not_measured(measured: Measured) -> None:
    """Without the other packages their marks are open, neither met nor missed."""
    alone, silero, opensmile = marks.one_stream(measured[0])
    assert alone.met is not None
    assert "real-time factor" in alone.found
    assert silero.met is opensmile.met is None
    assert silero.cells()[-1] == "not measured"
    assert marks.Mark("a", "b", "c", False).cells()[-1] == "**missed**"


def test_table_of_the_gpu_says_what_it_has_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch has its line; without CUDA its columns say so."""
    from realtime_mer.model.provider import cuda_driver_present

    monkeypatch.setattr(gpu, "BATCHES", (1, 4))
    text = gpu.describe()
    assert [line.split(" | ")[0] for line in text.splitlines()[2:4]] == ["| 1", "| 4"]
    assert ("not measured" in text) is not cuda_driver_present()


@pytest.mark.parametrize("name", ["marks", "beside", "gpu"])
def test_page_has_its_places(name: str) -> None:
    """What is measured has somewhere to go."""
    assert PAGE.read_text(encoding="utf-8").count(f"<!-- {name}: begin -->") == 1
    assert PAGE.read_text(encoding="utf-8").count(f"<!-- {name}: end -->") == 1
