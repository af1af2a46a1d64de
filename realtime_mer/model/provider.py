"""Where the model runs: the GPU if it truly works, else the CPU.

ONNX Runtime lists CUDA among its providers wherever the GPU wheel is installed, and
asking for it where it is missing does not raise: the session quietly runs on the CPU
and the reason goes to file descriptor 2. So only a created session is believed.
"""

from __future__ import annotations

import ctypes.util
import logging
import sys
from functools import cache
from typing import Any

from realtime_mer.errors import UserError

PROVIDERS = ("auto", "cuda", "cpu")

_log = logging.getLogger(__name__)

MOST_BYTES = 1 << 30
"""Memory that models may compute with; a thousand streams at once take some 30 MB."""

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


@cache
def _limit_memory() -> None:
    """Have what a model computes with come from one pool that cannot outgrow its limit."""
    import onnxruntime

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    limits = onnxruntime.OrtArenaCfg({"max_mem": MOST_BYTES, "arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(memory, limits)


def create_session(content: bytes, provider: str) -> tuple[Any, str]:
    """Create a session of ONNX Runtime.

    Args:
        content: of the ``.onnx`` file, looked at by :func:`~.inspection.read_model`.
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
    _limit_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")

    names = ["CUDAExecutionProvider"] if try_cuda else []
    onnxruntime.set_default_logger_severity(_SILENT)
    try:
        session = onnxruntime.InferenceSession(
            content,
            options,
            providers=[*names, "CPUExecutionProvider"],
            # It would compute parts of the graph before the limit counts, and saves nothing here.
            disabled_optimizers=["ConstantFolding"],
            enable_fallback=int(try_cuda),  # from the CPU it goes to the CPU, and prints so
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
