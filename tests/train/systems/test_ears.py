"""What systems hear."""

from __future__ import annotations

import numpy as np

from train.systems.ears import compressed


def test_large_descriptors_are_compressed() -> None:
    """Size beyond 1 counts in logarithms, the sign stays."""
    given = compressed(np.array([0.0, 1e6, -1e6]))
    np.testing.assert_allclose(given, [0.0, 13.8155, -13.8155], rtol=1e-5)
