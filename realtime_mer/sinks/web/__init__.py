"""The page, the stream and the numbers for monitoring, all on one port."""

from __future__ import annotations

from realtime_mer.sinks.web.sink import WebSink

__all__ = ["WebSink"]
