"""Who goes before whom on a busy machine."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.jack import CLIENT_PRIORITY, jack_server, realtime_is_granted

from realtime_mer.sources.capture.messages import START
from realtime_mer.sources.capture.process import CaptureProcess
from realtime_mer.sources.capture.request import CaptureRequest
from realtime_mer.sources.capture.urgency import go_first

ORDINARY = 0


def scheduling() -> tuple[int, int]:
    """Policy and priority of this thread."""
    return os.sched_getscheduler(0), os.sched_getparam(0).sched_priority


def gone_first(policy: int, priority: int) -> list[tuple[int, int]]:
    """Scheduling of a thread before and after it goes first; it asks for some at its start."""
    seen = []

    def work() -> None:
        with suppress(PermissionError):
            os.sched_setscheduler(0, policy, os.sched_param(priority))
        seen.append(scheduling())
        go_first()
        seen.append(scheduling())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return seen


@pytest.mark.parametrize("policy", [os.SCHED_FIFO, os.SCHED_RR])
@pytest.mark.parametrize("flag", [0, os.SCHED_RESET_ON_FORK])
def test_an_urgent_thread_goes_one_step_up(policy: int, flag: int) -> None:
    """Whichever way it is urgent; where nobody may be, it stays as it is."""
    before, after = gone_first(policy | flag, 10)
    if realtime_is_granted():
        assert before == (policy | flag, 10)
        assert after == (policy | flag, 11)
    else:
        assert after == before


def test_an_ordinary_thread_stays_one() -> None:
    """A callback that PulseAudio serves asks for nothing."""
    before, after = gone_first(os.SCHED_OTHER, 0)
    assert before == after
    assert after[1] == ORDINARY


@pytest.mark.e2e
def test_jack_calls_it_before_its_other_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread in which JACK calls is one step above what JACK gives its clients."""
    with jack_server(tmp_path, realtime=True) as jack:
        for name, value in jack.environment.items():
            monkeypatch.setenv(name, value)
        process = CaptureProcess(CaptureRequest("system").encode())
        try:
            process.receive(12.0)
            process.order(START)
            assert process.next() is not None
            time.sleep(0.1)
            tasks = Path(f"/proc/{process.pid}/task").iterdir()
            highest = max(os.sched_getparam(int(task.name)).sched_priority for task in tasks)
        finally:
            process.end()
            process.close_output()
    if realtime_is_granted():
        assert highest == CLIENT_PRIORITY + 1
    else:
        assert highest < CLIENT_PRIORITY
