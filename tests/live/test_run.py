"""A live run with real threads, a real tracker and sinks that remember."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support.sinks import Memory, wait_until
from support.tiny_model import write_tiny_model

from realtime_mer.calibrations import Calibrations
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.chain import Feel
from realtime_mer.feel.cues import CueFired, parse_cue
from realtime_mer.live import LiveRun
from realtime_mer.live.run import MOST_WAITING_STEPS
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.reach import Reach
from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.tracker import Tracker

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


class Blocks:
    """A source that delivers blocks as fast as they are taken, from a thread of its own."""

    name = "blocks"
    rate_hz = RATE_HZ
    channels = 1

    def __init__(
        self, samples: Block, *, live: bool = False, failure: Exception | None = None
    ) -> None:
        self.live = live
        self.closed = False
        self._samples = samples
        self._failure = failure
        self._thread: threading.Thread | None = None

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Deliver everything, then end."""

        def play() -> None:
            for start in range(0, len(self._samples), 512):
                if self.closed:
                    return
                deliver(self._samples[start : start + 512, np.newaxis])
            ended(self._failure)

        self._thread = threading.Thread(target=play)
        self._thread.start()

    def drops(self) -> int:
        """Three, as if they had been lost."""
        return 3

    def close(self) -> None:
        """Stop."""
        self.closed = True
        if self._thread:
            self._thread.join()


def noise(seconds: float) -> Block:
    """Return quiet noise."""
    size = round(seconds * RATE_HZ)
    return (0.1 * np.random.default_rng(0).normal(size=size)).astype(np.float32)


def test_file_arrives_whole_in_every_sink(tiny: EmotionModel) -> None:
    """However fast the samples come, each sink gets what feed and flush give, in order."""
    samples = noise(60.3)
    sinks = [Memory(), Memory()]
    run = LiveRun(Blocks(samples), Tracker(RATE_HZ, tiny), sinks)
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    reference = Tracker(RATE_HZ, tiny)
    expected = reference.feed(samples) + reference.flush()
    assert [sink.estimates for sink in sinks] == [expected, expected]
    assert [sink.closed for sink in sinks] == [1, 1]


def test_file_waits_for_a_slow_sink(tiny: EmotionModel) -> None:
    """Sound that can wait is held up rather than lost."""
    sink = Memory(delay_s=0.005)
    run = LiveRun(Blocks(noise(20.0)), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    assert [estimate.sequence for estimate in sink.estimates] == list(range(40))


def test_live_sound_never_waits(tiny: EmotionModel) -> None:
    """Sound that happens now is skipped when the worker cannot follow, and that is counted."""
    sink = Memory(delay_s=0.05)
    run = LiveRun(Blocks(noise(20.0), live=True), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    given = [estimate.sequence for estimate in sink.estimates]
    assert given == sorted(set(given))
    assert given[-1] == 39
    assert len(given) < 40 - MOST_WAITING_STEPS
    assert sink.statuses[-1].drops == 3 + 40 - len(given)


class Tape:
    """A tape that is hurried after every hundred blocks until somebody looks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.closed = 0
        self.looked = 0

    @property
    def hurried(self) -> bool:
        """Whether it has just had a hundredth block."""
        self.looked += 1
        return len(self.blocks) % 100 == 0 and self.looked % 3 != 0

    def take(self, block: Block) -> None:
        """Keep a block."""
        self.blocks.append(block.copy())

    def close(self) -> None:
        """Count how often."""
        self.closed += 1


@pytest.mark.parametrize("live", [False, True])
def test_the_tape_hears_what_the_tracker_hears(tiny: EmotionModel, live: bool) -> None:
    """Every block, in order; sound that can wait waits for it, sound that happens now does not."""
    samples, tape = noise(10.0), Tape()
    run = LiveRun(Blocks(samples, live=live), Tracker(RATE_HZ, tiny), [Memory()], tape=tape)
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    assert np.array_equal(np.concatenate(tape.blocks)[:, 0], samples)
    assert tape.closed == 1
    assert (tape.looked > 0) == (not live)


def test_status_tells_the_state(tiny: EmotionModel) -> None:
    """The last status of a file says that it ended, who was reached, and how far it came."""
    sink = Memory()
    reach = Reach(web_clients=lambda: 7, osc_targets=lambda: ("here:1",))
    run = LiveRun(Blocks(noise(2.0)), Tracker(RATE_HZ, tiny), [sink], reach)
    assert run.status().state == "waiting"
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    last = sink.statuses[-1]
    assert (last.state, last.sequence, last.time_s) == ("ended", 3, 2.0)
    assert (last.web_clients, last.osc_targets, last.drops) == (7, ("here:1",), 3)


def test_lost_device_is_said(tiny: EmotionModel) -> None:
    """A source that fails leaves a status with the reason, and the run knows it."""
    sink = Memory()
    failure = OSError("the cable was pulled")
    run = LiveRun(Blocks(noise(2.0), failure=failure), Tracker(RATE_HZ, tiny), [sink])
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    assert run.failure is failure
    assert sink.statuses[-1].state == "lost"
    assert sink.statuses[-1].message == "the cable was pulled"


class Paced(Blocks):
    """Real time, ten times as fast, until it is stopped."""

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Deliver a block of 50 ms every 5 ms."""

        def play() -> None:
            for start in range(0, len(self._samples), RATE_HZ // 20):
                if self.closed:
                    return
                deliver(self._samples[start : start + RATE_HZ // 20, np.newaxis])
                time.sleep(0.005)
            ended(None)

        self._thread = threading.Thread(target=play)
        self._thread.start()


def test_controls_change_a_run_between_two_estimates(tiny: EmotionModel, tmp_path: Path) -> None:
    """A freeze holds what every sink gets and is in the status at once; thawed, it goes on."""
    tracker = Tracker(RATE_HZ, tiny)
    controls = Controls(tracker, Feel(tiny.dimensions), Calibrations(tmp_path))
    sink = Memory()
    run = LiveRun(Paced(np.tile(noise(10.0), 60), live=True), tracker, [sink], controls=controls)
    run.start()
    try:
        wait_until(lambda: len(sink.estimates) >= 4)
        controls.freeze(True)
        wait_until(lambda: sink.statuses[-1].controls["frozen"] is True)
        frozen_at = len(sink.estimates)
        wait_until(lambda: len(sink.estimates) >= frozen_at + 6)
        controls.freeze(False)
        wait_until(lambda: sink.statuses[-1].controls["frozen"] is False)
        thawed_at = len(sink.estimates)
        wait_until(lambda: len(sink.estimates) >= thawed_at + 4)
    finally:
        run.close()
    held = sink.estimates[frozen_at : frozen_at + 6]
    assert len({estimate.mean for estimate in held}) == 1
    assert len({estimate.raw_mean for estimate in held}) == 6
    assert [each.sequence for each in sink.estimates] == list(range(len(sink.estimates)))
    assert sink.estimates[-1].mean != held[0].mean


def test_controls_work_before_the_first_sound(
    tiny: EmotionModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the source is silent as a stone, what was asked for is done, and said at once."""
    monkeypatch.setattr("realtime_mer.live.run.STATUS_INTERVAL_S", 3600.0)
    tracker = Tracker(RATE_HZ, tiny)
    controls = Controls(tracker, Feel(tiny.dimensions), Calibrations(tmp_path))
    sink = Memory()

    class Stone(Blocks):
        def start(self, deliver: Deliver, ended: Ended) -> None:
            """Deliver nothing."""

    run = LiveRun(Stone(noise(0.0)), tracker, [sink], controls=controls)
    run.start()
    try:
        wait_until(lambda: bool(sink.statuses))
        controls.mark("here")
        marks = [{"time_s": 0.0, "label": "here"}]
        wait_until(lambda: sink.statuses[-1].controls["marks"] == marks)
    finally:
        run.close()


@pytest.mark.parametrize("delay_s", [0.0, 0.3])
def test_delay_is_what_was_asked_for(tiny: EmotionModel, delay_s: float) -> None:
    """Every estimate leaves that much later, all of them, in order, to the end of a file."""

    class Clocked(Memory):
        def __init__(self) -> None:
            super().__init__()
            self.at_s: list[float] = []

        def publish(self, estimate: Estimate) -> None:
            """Remember when."""
            super().publish(estimate)
            self.at_s.append(time.monotonic())

    made_at: list[float] = []

    class Noting(Tracker):
        def estimates(self) -> list[Estimate]:
            """Remember when each was made."""
            made = super().estimates()
            made_at.extend([time.monotonic()] * len(made))
            return made

    sink = Clocked()
    run = LiveRun(Paced(noise(6.0)), Noting(RATE_HZ, tiny), [sink], delay_s=delay_s)
    run.start()
    assert run.finished.wait(30.0)
    run.close()
    assert [estimate.sequence for estimate in sink.estimates] == list(range(12))
    late_s = np.array(sink.at_s) - np.array(made_at)
    assert late_s.min() >= delay_s
    assert np.median(late_s) < delay_s + 0.1


def test_cues_are_sent_with_their_estimate(tiny: EmotionModel, tmp_path: Path) -> None:
    """A cue fires once, when its mood has come, and not before the delay is over."""
    tracker = Tracker(RATE_HZ, tiny)
    cue = parse_cue("mood is silent for 1 s, send /dark 1 to here:7")
    feel = Feel(tiny.dimensions, cues=[cue])
    sent: list[CueFired] = []
    published: list[int] = []
    sink = Memory()

    def send(cue_fired: CueFired) -> None:
        sent.append(cue_fired)
        published.append(len(sink.estimates))

    samples = np.concatenate([noise(4.0), np.zeros(20 * RATE_HZ, np.float32)])
    run = LiveRun(
        Blocks(samples),
        tracker,
        [sink],
        controls=Controls(tracker, feel, Calibrations(tmp_path)),
        delay_s=0.2,
        send_cue=send,
    )
    run.start()
    assert run.finished.wait(20.0)
    run.close()
    assert sent == [CueFired("/dark", (1,), ("here", 7))]
    silent = [each.sequence for each in sink.estimates if not each.active]
    assert published == [silent[0] + 2 + 1]


def test_closing_in_the_middle_is_quick(tiny: EmotionModel, tmp_path: Path) -> None:
    """A run stops within a second though its source still has an hour to play."""
    run = LiveRun(Blocks(np.zeros(3_600 * RATE_HZ, np.float32)), Tracker(RATE_HZ, tiny), [Memory()])
    run.start()
    time.sleep(0.2)
    began = time.monotonic()
    run.close()
    assert time.monotonic() - began < 1.0


class Endless:
    """A live source that gives noise for as long as it is open, or gives none at all."""

    live = True
    channels = 1

    def __init__(self, name: str, rate_hz: int = RATE_HZ, *, mute: bool = False) -> None:
        self.name = name
        self.rate_hz = rate_hz
        self.closed = False
        self._mute = mute
        self._thread: threading.Thread | None = None

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Play fifty times as fast as it should."""

        def play() -> None:
            block = (0.1 * np.random.default_rng(0).normal(size=self.rate_hz // 100)).astype("f4")
            while not self.closed:
                if not self._mute:
                    deliver(block[:, np.newaxis])
                time.sleep(0.0002)
            ended(UserError("closed"))

        self._thread = threading.Thread(target=play)
        self._thread.start()

    def drops(self) -> int:
        """One."""
        return 1

    def close(self) -> None:
        """Stop."""
        self.closed = True
        if self._thread:
            self._thread.join()


def test_another_source_goes_on_with_the_stream(tiny: EmotionModel, tmp_path: Path) -> None:
    """Number and time continue across rates, the gain stays, the levers work, the old is closed."""
    sink = Memory()
    first, second = Endless("first"), Endless("second", 44_100)
    tracker = Tracker(RATE_HZ, tiny)
    controls = Controls(tracker, Feel(tiny.dimensions, tiny.name), Calibrations(tmp_path))
    run = LiveRun(first, tracker, [sink], controls=controls)
    run.start()
    try:
        controls.set_gain(7.0)
        wait_until(lambda: len(sink.estimates) > 5)
        run.switch(second, Tracker(44_100, tiny))
        count = len(sink.estimates)
        wait_until(lambda: len(sink.estimates) > count + 5)
        assert first.closed
        assert run.source is second
        status = run.status()
        assert (status.device, status.rate_hz, status.drops) == ("second", 44_100, 2)
        assert status.controls["gain_db"] == 7.0
        controls.set_gain(-3.0)
        level = sink.estimates[-1].level_db
        wait_until(lambda: abs(sink.estimates[-1].level_db - (level - 10.0)) < 1.0)
        assert not run.finished.is_set()
    finally:
        run.close()
    assert second.closed
    numbers = [estimate.sequence for estimate in sink.estimates]
    assert numbers == list(range(len(numbers)))
    assert [e.time_s for e in sink.estimates] == [0.5 * (n + 1) for n in numbers]


def test_a_source_without_sound_is_not_taken(
    tiny: EmotionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one goes on, and the sentence says which gave nothing."""
    monkeypatch.setattr("realtime_mer.live.changing.FIRST_SOUND_S", 0.2)
    sink, first, mute = Memory(), Endless("first"), Endless("mute", mute=True)
    run = LiveRun(first, Tracker(RATE_HZ, tiny), [sink])
    run.start()
    try:
        with pytest.raises(UserError, match="“mute” gives no sound"):
            run.switch(mute, Tracker(RATE_HZ, tiny))
        assert mute.closed
        assert not first.closed
        count = len(sink.estimates)
        wait_until(lambda: len(sink.estimates) > count + 3)
        assert run.failure is None
    finally:
        run.close()


def test_a_card_that_opens_once_is_let_go_first(tiny: EmotionModel) -> None:
    """Closing the source does not end the run; the next one goes on with the stream."""
    sink, first, again = Memory(), Endless("card"), Endless("card")
    run = LiveRun(first, Tracker(RATE_HZ, tiny), [sink])
    run.start()
    try:
        wait_until(lambda: len(sink.estimates) > 3)
        run.let_go()
        assert first.closed
        time.sleep(0.2)
        assert not run.finished.is_set()
        run.switch(again, Tracker(RATE_HZ, tiny))
        count = len(sink.estimates)
        wait_until(lambda: len(sink.estimates) > count + 3)
    finally:
        run.close()
    numbers = [estimate.sequence for estimate in sink.estimates]
    assert numbers == list(range(len(numbers)))


def test_while_sound_is_recorded_the_source_stays(tiny: EmotionModel) -> None:
    """The tape and the values are aligned, so a switch is refused, and closes what was opened."""
    run = LiveRun(Endless("first"), Tracker(RATE_HZ, tiny), [Memory()], tape=Tape())
    other = Endless("other")
    run.start()
    try:
        with pytest.raises(UserError, match="recorded"):
            run.switch(other, Tracker(RATE_HZ, tiny))
        with pytest.raises(UserError, match="recorded"):
            run.let_go()
    finally:
        run.close()
