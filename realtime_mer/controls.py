"""What a person changes while the tracker runs, from any thread.

An OSC message, a button on the page or a test asks; the thread that runs the model does,
between two steps. So nothing that shapes a value is ever changed in the middle of one.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from realtime_mer.calibrations import LATEST, OFF, Calibrations, check_name
from realtime_mer.control import bounds
from realtime_mer.control.asking import Requests
from realtime_mer.control.state import Mark, State, snapshot
from realtime_mer.control.subscribers import Listener, Subscribers
from realtime_mer.engine import Engine
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.calibration import Calibration
from realtime_mer.feel.chain import Feel, Felt
from realtime_mer.feel.each import FeelEach

log = logging.getLogger(__name__)


class Controls:
    """The levers of one run.

    The methods that ask return at once and may be called from any thread; they raise
    :class:`UserError` for what cannot be. :meth:`work` and :meth:`step` belong to the thread
    that runs the model.

    Args:
        tracker: whose memory and gain are controlled.
        feel: whose freeze and calibration are controlled.
        store: where calibrations are kept.
    """

    def __init__(
        self, tracker: Engine, feel: Feel | FeelEach, store: Calibrations | None = None
    ) -> None:
        self.store = store or Calibrations()
        self.wake: Callable[[], None] = lambda: None
        """Called after each request, to wake the thread that does it."""
        self.further: Callable[[State], State] = lambda state: {}
        """Adds to each new state what is set beyond these levers."""
        self._tracker = tracker
        self._feel = feel
        self._requests = Requests()
        self._subscribers = Subscribers()
        self._marks: deque[Mark] = deque(maxlen=bounds.MOST_MARKS)
        self._new_marks: list[str] = []
        self._message = ""
        self._time_s = 0.0
        self._state = self._snapshot()

    # Asking, from any thread

    def reset(self) -> None:
        """Hear what follows as a new piece."""
        self._ask(self._tracker.forget)

    def freeze(self, on: bool | None = None) -> None:
        """Hold everything that leaves, let it go, or do the one that is not so (None)."""

        def do() -> None:
            self._feel.frozen = not self._feel.frozen if on is None else on

        self._ask(do)

    def calibrate(self, seconds: float = bounds.CALIBRATION_S, name: str = "") -> None:
        """Learn the band's range from so many seconds of music, then use and keep it.

        Args:
            seconds: 10 to 3600, silence not counted.
            name: to keep it under; ``last`` where it is empty.

        Raises:
            UserError: for another time, or a name that will not do.
        """
        bounds.check_calibration_s(seconds)
        name = check_name(name) if name.strip() else LATEST
        self._ask(lambda: self._feel.learn(seconds, name))

    def stop_calibrating(self) -> None:
        """Use and keep what was learned so far; where that is too little, nothing changes."""
        self._ask(lambda: self._keep(self._feel.stop_learning()))

    def toggle_calibrating(self) -> None:
        """Begin to calibrate, or stop where that is going on: one button for both."""

        def do() -> None:
            if self._feel.learning is None:
                self._feel.learn(bounds.CALIBRATION_S, LATEST)
            else:
                self._keep(self._feel.stop_learning())

        self._ask(do)

    def use_calibration(self, name: str) -> None:
        """Use a calibration that was kept, or none for ``off``.

        Raises:
            UserError: if there is none of that name or it does not fit the model.
        """
        calibration = None
        if name.strip().casefold() != OFF:
            calibration = self.store.load(name, self._tracker.model.dimensions)
        self._ask(lambda: self._feel.use(calibration))

    def hold_range(self, hold: bool) -> None:
        """Keep the range where an adaptation has brought it, or let it follow the music."""
        self._ask(lambda: self._feel.hold_range(hold))

    def mark(self, label: str = "") -> None:
        """Mark this moment, in the state and in the next estimate.

        Args:
            label: what it is called, cut to 100 characters.
        """
        text = bounds.one_line(label)

        def do() -> None:
            self._marks.append(Mark(self._time_s, text))
            self._new_marks.append(text)

        self._ask(do)

    def set_gain(self, gain_db: float) -> None:
        """Let the input count as louder or quieter.

        Raises:
            UserError: beyond 60 dB either way.
        """
        bounds.check_gain_db(gain_db)

        def do() -> None:
            self._tracker.gain_db = gain_db

        self._ask(do)

    def say_state(self) -> None:
        """Have the state told again, since something beyond these levers has changed."""
        self._ask(lambda: None)

    def settle(self, limit_s: float) -> bool:
        """Wait until everything asked for so far is done and in the state; False if it is not.

        For any thread but the one that runs the model.
        """
        done = threading.Event()

        def do() -> None:
            self._state = self._snapshot()
            done.set()

        self._ask(do)
        return done.wait(limit_s)

    def state(self) -> State:
        """Return what is set now, as JSON has it.

        ``frozen`` (bool), ``calibration`` (null, or ``name``, ``made``, ``seconds``, and
        ``centre`` and ``spread`` by dimension), ``adapting`` (bool), ``calibrating`` (null,
        or ``name``, ``heard_s``, ``seconds``), ``gain_db``, ``marks`` (``time_s`` and
        ``label`` of the last hundred) and ``message`` (what went wrong last, or empty).
        """
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a listener told each new state, from the model's thread; return how to stop it.

        A listener returns at once and raises nothing.
        """
        return self._subscribers.add(listener)

    # Doing, on the model's thread

    def use_tracker(self, tracker: Engine) -> None:
        """Control another tracker from now on."""
        self._tracker = tracker
        self._state = self._snapshot()

    def work(self) -> bool:
        """Do what was asked for, in that order; return whether there was anything."""
        did = False
        for do in self._requests.take():
            did = True
            self._message = ""
            try:
                do()
            except UserError as error:
                self._complain(error)
        if did:
            self._tell()
        return did

    def step(self, estimate: Estimate) -> Felt:
        """Shape an estimate, and keep a calibration that it completes."""
        self._time_s = estimate.time_s
        felt = self._feel.step(estimate)
        if self._new_marks:
            marked = replace(felt.estimate, marks=tuple(self._new_marks))
            felt = replace(felt, estimate=marked)
            self._new_marks.clear()
        learning = self._feel.learning is not None
        calibration = self._feel.learned()
        if calibration is not None:
            self._message = ""
            self._keep(calibration)
            self._tell()
        elif learning or self._feel.adapting:
            self._state = self._snapshot()
        return felt

    def _ask(self, do: Callable[[], None]) -> None:
        self._requests.put(do)
        self.wake()

    def _keep(self, calibration: Calibration | None) -> None:
        if calibration is None:
            return
        made = datetime.now(UTC).isoformat(timespec="seconds")
        calibration = replace(calibration, made=made)
        self._feel.use(calibration)
        try:
            self.store.save(calibration)
        except UserError as error:
            self._complain(error)

    def _complain(self, error: UserError) -> None:
        self._message = str(error)
        log.warning("%s", error)

    def _tell(self) -> None:
        self._state = self._snapshot()
        self._subscribers.tell(self._state)

    def _snapshot(self) -> State:
        state = snapshot(self._feel, self._tracker.gain_db, self._marks, self._message)
        return {**state, **self.further(state)}
