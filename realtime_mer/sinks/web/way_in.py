"""What the server must know of whoever takes sound from its clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from websockets.asyncio.server import ServerConnection

from realtime_mer.sinks.web.families import Families

INGEST = "/ingest"


class WayIn(Protocol):
    """Takes sound on :data:`INGEST`; everything happens on the server's event loop."""

    alone: bool
    """Whether there is no run beside it: then it answers for the health of the server."""

    def __len__(self) -> int:
        """How many send sound now."""

    @property
    def estimates(self) -> int:
        """How many estimates were made of it."""

    @property
    def is_full(self) -> bool:
        """Whether as many send sound as may."""

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one client until it goes or is sent away."""

    def described(self) -> Mapping[str, object]:
        """Return what ``hello`` of ``/ws`` says of it: ``path`` and ``alone``."""

    def trouble(self, now_s: float) -> str:
        """Return what is wrong, or an empty text."""

    def add_metrics(self, families: Families, now_s: float) -> None:
        """Add what ``/metrics`` says of it."""

    def close(self) -> None:
        """Hear nobody any more."""
