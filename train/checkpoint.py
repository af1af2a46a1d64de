"""Checkpoints: everything the next epoch depends on, and the way back to a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from realtime_mer.errors import UserError
from train.network import MoodNetwork, build
from train.settings import Settings

CHECKPOINT = "checkpoint.pt"


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write everything the next epoch depends on, whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def load_checkpoint(path: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Read a checkpoint; with settings, insist that it was made with them."""
    if not path.is_file():
        raise UserError(f"There is no checkpoint at {path}; fit a model there first.")
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        made_with = Settings.from_dict(saved["settings"])
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The checkpoint {path} is damaged ({type(error).__name__}); "
            "delete it and fit again without --resume."
        ) from None
    if settings is not None and made_with != settings:
        raise UserError(
            f"The checkpoint {path} was made with other settings; "
            "resume with those of its run, or choose another folder."
        )
    return saved


def load_network(path: Path, number: int = 0) -> tuple[MoodNetwork, Settings]:
    """Return a network of a run, with its averaged weights."""
    saved = load_checkpoint(path)
    settings = Settings.from_dict(saved["settings"])
    weights = saved["best"][number]
    teacher = weights["teacher.weight"].shape[0] if "teacher.weight" in weights else 0
    network = build(settings, teacher)
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise UserError(
            f"The checkpoint {path} is of another network; fit again with this version."
        ) from None
    return network.eval(), settings
