"""A live run: from a source that may fail, through the tracker, to whoever is told."""

from realtime_mer.live.run import LiveRun as LiveRun
