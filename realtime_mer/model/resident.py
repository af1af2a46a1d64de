"""A batch of streams whose state stays where the model runs.

On a GPU the state of 65,536 streams is 134 MB: carried back and forth twice a second it would
cost more than the step. With IO binding only frames go there and estimates come back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class ResidentBatch:
    """Streams that step together, their state on the device.

    Args:
        session: of ONNX Runtime.
        device: ``"cuda"`` or ``"cpu"``, where it runs.
        state: float32 ``[L, B, H]``, to begin with.
    """

    def __init__(self, session: Any, device: str, state: Float32) -> None:
        from onnxruntime import OrtValue

        self._session = session
        state = np.ascontiguousarray(state)
        self._state = OrtValue.ortvalue_from_numpy(state, device, 0)
        # The next state is written beside the present one, then they change places.
        self._spare = OrtValue.ortvalue_from_numpy(state, device, 0)

    def step(self, frames: Float32) -> tuple[Float32, Float32]:
        """Advance all streams by 500 ms.

        Args:
            frames: float32 ``[B, 25, 64]``.

        Returns:
            Mean and standard deviation ``[B, D]``.
        """
        binding = self._session.io_binding()
        binding.bind_cpu_input("frames", np.ascontiguousarray(frames))
        binding.bind_ortvalue_input("state", self._state)
        binding.bind_output("mean", "cpu")
        binding.bind_output("std", "cpu")
        binding.bind_ortvalue_output("next_state", self._spare)
        self._session.run_with_iobinding(binding)
        mean, std = binding.copy_outputs_to_cpu()[:2]
        self._state, self._spare = self._spare, self._state
        return mean, std

    def state(self) -> Float32:
        """Return a copy of the state, float32 ``[L, B, H]``."""
        return np.array(self._state.numpy())
