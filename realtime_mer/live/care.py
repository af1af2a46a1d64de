"""Looking after a live source: whether it gives sound, and what happens while it does not."""

from __future__ import annotations

import logging
import time

from realtime_mer.live.listening import Listening
from realtime_mer.live.rescue import Rescue

_log = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often a live source is to be looked after."""
LOST_AFTER_S = 1.3
"""Without a block for so long, a source that was heard is lost: within 2 s everybody is to
know. One that was only slow is heard again with its next block."""
DEAD_AFTER_S = 4.0
"""Then it is opened again, even where nobody has said that it died."""


class Care:
    """Says that a source is lost, fills its place with silence, and has it rescued.

    All of it happens on the model's thread.

    Args:
        rescue: opens devices again.
    """

    def __init__(self, rescue: Rescue) -> None:
        self._rescue = rescue

    def look(self, heard: Listening) -> bool:
        """Look after a source; return whether it was lost, or is back, since the last time."""
        if heard.left or not heard.source.live:
            return False
        now_s = time.monotonic()
        still_s = heard.still_s(now_s)
        before = heard.lost
        if heard.ended.is_set():
            if heard.returns:
                heard.say_lost(heard.failure)
                self._rescue.begin(heard)
        elif not still_s and heard.heard.is_set():
            if heard.lost:
                heard.lost = ""
                heard.tracker.recover()
        elif still_s > LOST_AFTER_S and heard.heard.is_set() and not heard.lost:
            heard.say_lost(None)
        if heard.lost:
            if not before:
                _log.warning("%s", heard.lost)
                heard.tracker.lose()
            heard.fill(now_s)
            if still_s > DEAD_AFTER_S and heard.returns:
                self._rescue.begin(heard)
        return bool(heard.lost) != bool(before)
