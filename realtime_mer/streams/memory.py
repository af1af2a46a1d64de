"""What the model remembers of many streams, and the batched call that moves it on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime_mer.model import EmotionModel
from realtime_mer.model.resident import ResidentBatch

Float32 = NDArray[np.float32]


class Memory:
    """A row of the model's state for each stream.

    Where the model runs on a GPU, the rows that stepped last stay there as long as the same
    ones step again.

    Args:
        model: the network.
    """

    def __init__(self, model: EmotionModel) -> None:
        self._model = model
        self._states = model.initial_state(0)
        self._away: tuple[list[int], ResidentBatch] | None = None

    def forget(self, row: int) -> None:
        """Let a row begin anew; there are as many rows as were ever asked for."""
        self._fetch()
        missing = row + 1 - self._states.shape[1]
        if missing > 0:
            # Twice as many each time, so that a thousand streams do not copy it a thousand times.
            more = self._model.initial_state(max(missing, self._states.shape[1]))
            self._states = np.concatenate([self._states, more], axis=1)
        self._states[:, row] = self._model.initial_state()[:, 0]

    def step(self, frames: Float32, rows: list[int]) -> tuple[Float32, Float32]:
        """Advance some of the rows by 500 ms.

        Args:
            frames: float32 ``[B, 25, 64]``, level-normalised, in dB.
            rows: ``B`` different rows, the streams that these frames are of.

        Returns:
            Mean and standard deviation, ``[B, D]``.
        """
        if self._model.provider == "cpu":
            mean, std, self._states[:, rows] = self._model.step(frames, self._states[:, rows])
            return mean, std
        if self._away is None or self._away[0] != rows:
            self._fetch()
            self._away = list(rows), self._model.resident(self._states[:, rows])
        return self._away[1].step(frames)

    def _fetch(self) -> None:
        """Bring back the rows that are on the device."""
        if self._away is not None:
            rows, batch = self._away
            self._states[:, rows] = batch.state()
            self._away = None
