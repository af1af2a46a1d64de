"""Where the model runs: the GPU if it truly works, else the CPU.

ONNX Runtime lists CUDA among its providers wherever the GPU wheel is installed, and
asking for it where it is missing does not raise: the session quietly runs on the CPU
and the reason goes to file descriptor 2. So only a created session is believed.
"""

from __future__ import annotations

import ctypes.util
import logging
import sys
from pathlib import Path
from typing import Any

from realtime_mer.errors import UserError

PROVIDERS = ("auto", "cuda", "cpu")

_log = logging.getLogger(__name__)

_SILENT = 4  # fatal errors only; the session option alone does not silence the loader
_WARNING = 2  # the default of ONNX Runtime


def cuda_driver_present() -> bool:
    """Tell whether NVIDIA's driver library can be loaded at all."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def create_session(path: Path, provider: str) -> tuple[Any, str]:
    """Create a session of ONNX Runtime.

    Args:
        path: of the ``.onnx`` file.
        provider: ``"auto"``, ``"cuda"`` or ``"cpu"``.

    Returns:
        The session and where it runs, ``"cuda"`` or ``"cpu"``.

    Raises:
        UserError: where CUDA was asked for by name and does not work.
        Exception: whatever ONNX Runtime raises for a file it cannot load.
    """
    import onnxruntime

    if provider not in PROVIDERS:
        raise ValueError(f"provider must be one of {PROVIDERS}, not {provider!r}")
    try_cuda = provider != "cpu" and cuda_driver_present()
    if try_cuda and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # finds the CUDA and cuDNN that pip installed

    options = onnxruntime.SessionOptions()
    # One step is a few hundred microseconds of work twice a second. The default, a thread
    # per core that spins between calls, would burn a whole core for it.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3

    names = ["CUDAExecutionProvider"] if try_cuda else []
    onnxruntime.set_default_logger_severity(_SILENT)
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=[*names, "CPUExecutionProvider"]
        )
    finally:
        onnxruntime.set_default_logger_severity(_WARNING)
    truth = "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"
    if provider == "cuda" and truth != "cuda":
        raise UserError(
            "CUDA was asked for but does not work here: install NVIDIA's driver and "
            "\"pip install 'realtime-mer[cuda]'\", or use --provider cpu."
        )
    _log.debug("the model runs on %s", truth)
    return session, truth
