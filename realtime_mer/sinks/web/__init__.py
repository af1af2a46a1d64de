"""The page, the stream and the numbers for monitoring, all on one port.

:class:`WebSink` loads on first use, so that the messages can be had without the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_mer.sinks.web.sink import WebSink as WebSink

__all__ = ["WebSink"]


def __getattr__(name: str) -> object:
    if name == "WebSink":
        from realtime_mer.sinks.web.sink import WebSink

        return WebSink
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
