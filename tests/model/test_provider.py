"""Choosing between GPU and CPU, and falling back."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tiny_model import write_tiny_model

from realtime_mer.errors import UserError
from realtime_mer.model.provider import create_session, cuda_driver_present


def test_cpu_uses_one_thread(tmp_path: Path) -> None:
    """A session on the CPU computes in the caller's thread and burns no core by spinning."""
    session, where = create_session(write_tiny_model(tmp_path / "tiny.onnx").read_bytes(), "cpu")
    assert where == "cpu"
    assert session.get_session_options().intra_op_num_threads == 1


def test_auto_falls_back_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a driver but no CUDA behind it, auto runs on the CPU and nothing is printed."""
    gpu = cuda_driver_present()
    monkeypatch.setattr("realtime_mer.model.provider.cuda_driver_present", lambda: True)
    _, where = create_session(write_tiny_model(tmp_path / "tiny.onnx").read_bytes(), "auto")
    assert where == ("cuda" if gpu else "cpu")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("driver", [True, False])
def test_cuda_by_name_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: bool
) -> None:
    """Who asks for CUDA by name hears that it does not work, even if a driver seems there."""
    gpu = cuda_driver_present()
    monkeypatch.setattr("realtime_mer.model.provider.cuda_driver_present", lambda: driver)
    content = write_tiny_model(tmp_path / "tiny.onnx").read_bytes()
    if gpu and driver:
        assert create_session(content, "cuda")[1] == "cuda"
    else:
        with pytest.raises(UserError, match="--provider cpu"):
            create_session(content, "cuda")


def test_unknown_provider_is_a_programming_error(tmp_path: Path) -> None:
    """The command line checks the name; code that passes another is wrong."""
    with pytest.raises(ValueError, match="provider"):
        create_session(b"", "tpu")
