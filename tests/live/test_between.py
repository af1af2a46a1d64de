"""What other threads have the model's thread do."""

from __future__ import annotations

import threading

import pytest

from realtime_mer.live import between
from realtime_mer.live.between import Between


def test_it_is_done_on_the_thread_that_works() -> None:
    """Whoever asks waits until it is; there is nothing left to do then."""
    woken = threading.Event()
    carrier = Between(woken.set)
    did: list[str] = []

    def work() -> None:
        assert woken.wait(10.0)
        assert carrier.work()

    worker = threading.Thread(target=work, name="the worker")
    worker.start()
    assert carrier.ask(lambda: did.append(threading.current_thread().name))
    worker.join(10.0)
    assert did == ["the worker"]
    assert not carrier.work()


def test_what_nobody_does_is_never_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the patience is over it is too late, so that whoever asked may take it back."""
    monkeypatch.setattr(between, "DONE_WITHIN_S", 0.05)
    did: list[int] = []
    carrier = Between(lambda: None)
    assert not carrier.ask(lambda: did.append(1))
    assert not carrier.work()
    assert did == []
