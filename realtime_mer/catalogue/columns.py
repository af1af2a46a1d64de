"""What stands in the tables of a catalogue: outcomes as columns of Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import numpy as np

from realtime_mer.catalogue.job import Failed, Known, Track
from realtime_mer.errors import UserError
from realtime_mer.estimate import STEP_S


class Columns:
    """Makes tables of outcomes.

    Args:
        dimensions: names of the model's dimensions.
        model: its name.
        engine: of model and front end.

    Raises:
        UserError: where pyarrow is missing.
    """

    def __init__(self, dimensions: Sequence[str], model: str, engine: str) -> None:
        self._arrow = library()
        self._dimensions = tuple(dimensions)
        self._values = (*dimensions, *(f"{name}_std" for name in dimensions), "level_db")
        self._model = model
        self._engine = engine

    def estimates(self, tracks: Sequence[Track]) -> Any:
        """Return a row every 500 ms of every track."""
        arrow = self._arrow
        counts = [len(track.values) for track in tracks]
        values = np.concatenate([track.values for track in tracks])
        numbers = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        steps = np.concatenate([np.arange(1, count + 1) for count in counts])

        def words(places: Any, of: Sequence[str]) -> Any:
            return arrow.DictionaryArray.from_arrays(arrow.array(places), arrow.array(of))

        columns = {
            "file": words(numbers, [track.name for track in tracks]),
            "content": words(numbers, [track.content.hex() for track in tracks]),
            "time_s": arrow.array(STEP_S * steps),
        }
        for place, name in enumerate(self._values):
            columns[name] = arrow.array(np.ascontiguousarray(values[:, place]))
        columns["active"] = arrow.array(np.concatenate([track.active for track in tracks]))
        columns["model"] = words(np.zeros(len(steps), np.int8), [self._model])
        return arrow.table(columns)

    def track(self, outcome: Track | Known, *, first: bool) -> dict[str, Any]:
        """Return the row of a file, for :meth:`tracks`.

        Args:
            outcome: what came of it.
            first: whether the estimates stand under this very file.
        """
        row: dict[str, Any] = {
            "file": outcome.name,
            "content": outcome.content.hex(),
            "bytes": outcome.size_bytes,
            "model": self._model,
            "engine": self._engine,
            "first": first,
            "written": datetime.now(UTC),
        }
        if isinstance(outcome, Track):
            row |= {
                "duration_s": outcome.duration_s,
                "missing_s": outcome.missing_s,
                "rate_hz": outcome.rate_hz,
                "channels": outcome.channels,
                "estimates": len(outcome.values),
                "worked_s": outcome.worked_s,
                **self._means(outcome),
            }
        return row

    def tracks(self, made: Sequence[dict[str, Any]]) -> Any:
        """Return a table of rows of :meth:`track`."""
        arrow = self._arrow
        fields = {
            "file": arrow.string(),
            "content": arrow.string(),
            "bytes": arrow.int64(),
            "first": arrow.bool_(),
            "duration_s": arrow.float64(),
            "missing_s": arrow.float64(),
            "rate_hz": arrow.int32(),
            "channels": arrow.int32(),
            "estimates": arrow.int32(),
            **dict.fromkeys(self._dimensions, arrow.float32()),
            "worked_s": arrow.float32(),
            "model": arrow.string(),
            "engine": arrow.string(),
            "written": arrow.timestamp("ms", tz="UTC"),
        }
        return arrow.Table.from_pylist(list(made), arrow.schema(list(fields.items())))

    def failures(self, failed: Sequence[Failed]) -> Any:
        """Return a row for each file that nothing came of."""
        arrow = self._arrow
        return arrow.table(
            {
                "file": arrow.array([each.name for each in failed], arrow.string()),
                "bytes": arrow.array([each.size_bytes for each in failed], arrow.int64()),
                "reason": arrow.array([each.reason for each in failed], arrow.string()),
                "attempts": arrow.array([each.attempts for each in failed], arrow.int32()),
            }
        )

    def _means(self, track: Track) -> dict[str, float | None]:
        """Mean of each dimension over what is music; None where nothing is."""
        if not track.active.any():
            return dict.fromkeys(self._dimensions)
        means = track.values[track.active, : len(self._dimensions)].mean(axis=0)
        return dict(zip(self._dimensions, means.tolist(), strict=True))


def library() -> ModuleType:
    """Return pyarrow.

    Raises:
        UserError: where it is missing.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UserError(
            "Parquet tables need pyarrow, which is not installed: "
            "pip install 'realtime-mer[cluster]'; or give --out a folder, for CSV."
        ) from None
    module: ModuleType = pyarrow
    return module
