"""Compiling with numba."""

from __future__ import annotations

import subprocess
import sys


def test_the_kernels_load_no_scipy():
    """numba would load SciPy's BLAS where it is installed: 17 MB that no kernel needs."""
    asked = "import sys, realtime_mer.frontend.kernels; print('scipy' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == "False"
