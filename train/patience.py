"""Early stopping: the loss on recordings set aside says when more fitting helps no more."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

from train.crops import Example


def set_aside(
    examples: list[Example], share: float, seed: int = 0
) -> tuple[list[Example], list[Example]]:
    """Divide examples into those to learn from and those set aside, by group.

    A network's loss on them leaves out what is held out from it, so nothing that it is judged
    by later decides which of its weights are kept.

    Args:
        examples: of all sets.
        share: of the groups to set aside, about.
        seed: of the choice.

    Returns:
        Those to learn from and those set aside; unrated recordings are never set aside.
    """
    learn: list[Example] = []
    aside: list[Example] = []
    for example in examples:
        recording = example.recording
        name = f"{seed}/{recording.dataset}/{recording.group}".encode()
        place = int.from_bytes(hashlib.sha256(name).digest()[:4], "big") / 2**32
        chosen = place < share and recording.ratings.kind != "none"
        (aside if chosen else learn).append(example)
    return learn, aside


@dataclass
class Patience:
    """Counts how many epochs in a row brought nothing better.

    Attributes:
        epochs: how many to bear; 0 for any number.
        best: the smallest loss so far.
        waited: epochs since.
    """

    epochs: int
    best: float = math.inf
    waited: int = 0

    def better(self, loss: float) -> bool:
        """Take the loss of an epoch; return whether it is the smallest so far."""
        if loss < self.best:
            self.best, self.waited = loss, 0
            return True
        self.waited += 1
        return False

    @property
    def over(self) -> bool:
        """Whether it is time to stop."""
        return 0 < self.epochs <= self.waited

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"best": self.best, "waited": self.waited}
