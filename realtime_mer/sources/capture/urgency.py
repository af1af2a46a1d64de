"""How the capturing process goes before other programs, as far as the system grants it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

REALTIME_PRIORITY = 5
NICENESS = -11
"""Asked of the system where it grants no real-time priority, and refused to most people, too."""


def hurry() -> None:
    """Let this process go before other programs.

    All threads do, since any of them may hold Python's lock when the audio callback wants it:
    one that is made to wait for a busy machine then would make the callback wait with it.
    """
    if sys.platform == "linux":
        priority = os.sched_param(REALTIME_PRIORITY)
        try:
            for thread in threading.enumerate():
                os.sched_setscheduler(thread.native_id or 0, os.SCHED_RR, priority)
            return
        except OSError:  # not in the group that may
            pass
    if sys.platform != "win32":
        with suppress(OSError):
            os.nice(NICENESS)


def go_first() -> None:
    """Let this thread, the driver's, go before those that are as urgent as it is now.

    JACK runs all its clients at one priority. After a moment in which nobody had a turn it has
    two blocks for each, and a client that comes before us may say the second before we have
    heard the first, which is then gone. One step further up we are woken in between. A block
    takes us a tenth of a millisecond, so nobody waits for long. A thread without real-time
    priority stays as it is.
    """
    if sys.platform != "linux":
        return
    policy = os.sched_getscheduler(0)
    if policy & ~os.SCHED_RESET_ON_FORK in (os.SCHED_FIFO, os.SCHED_RR):
        above = os.sched_getparam(0).sched_priority + 1
        with suppress(OSError):  # the highest that this person may have
            os.sched_setscheduler(0, policy, os.sched_param(above))
