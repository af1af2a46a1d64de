"""Several processes that learn together, started by ``torchrun``.

Each draws crops of its own and takes the same steps: gradients are averaged over the processes
before every step (Li et al., "PyTorch distributed", VLDB 2020, without its overlapping, which
networks of this size do not need).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed


def rank() -> int:
    """Return the number of this process, 0 for the one that writes and speaks."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def size() -> int:
    """Return how many processes learn together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def device() -> torch.device:
    """Return where this process computes: a graphics processor of its own, or the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


@contextmanager
def together() -> Iterator[None]:
    """Join the processes that ``torchrun`` started; without it, work alone."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def average_gradients(parameters: Iterable[Tensor]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if size() == 1:
        return
    parameters = list(parameters)
    # What one process did not use in a batch another may have used.
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= size()
    lengths = [gradient.numel() for gradient in gradients]
    for parameter, part in zip(parameters, torch.split(flat, lengths), strict=True):
        parameter.grad = part.view_as(parameter)


def gather(value: Any) -> list[Any]:
    """Return what each process has, in the order of their numbers."""
    if size() == 1:
        return [value]
    values: list[Any] = [None] * size()
    distributed.all_gather_object(values, value)
    return values
