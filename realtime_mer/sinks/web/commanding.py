"""Commands from the stream to whoever does them, one after another, and the answers back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.sinks.web import protocol
from realtime_mer.sinks.web.commands import Command

MOST_WAITING = 16
CLOSE_S = 0.5

NOT_ALLOWED = (
    "Here you can only watch: open the page on the machine that listens, or start it with a "
    "--token and open the address with it."
)
NOTHING_TO_SET = "There is nothing to set here: this is no live run."
BUSY = "Too much is asked for at once: wait for the answers."
UNEXPECTED = "That went wrong in an unexpected way; what was set before goes on."

log = logging.getLogger(__name__)

Answer = Callable[[str], None]
Reply = Callable[[str, bool], None]
Values = Sequence[float | str]


class Desk(Protocol):
    """Whoever does commands."""

    def perform(self, command: Command) -> Mapping[str, object]:
        """Do a command and return what it asked for; may take seconds.

        Raises:
            UserError: where it cannot be done. One with an attribute ``problems``, dicts
                with ``route``, ``key`` and ``message``, says what is wrong with each.
        """

    def meters(self, estimate: Estimate) -> Sequence[tuple[Values, Values]]:
        """Return for each route the values of its sources and those it sends; at once."""


class Commanding:
    """A thread of its own for what may take long, such as opening a device.

    Args:
        desk: does the commands.
        count_refused: is told of each that could not be done, on the event loop of the caller.
    """

    def __init__(self, desk: Desk, count_refused: Callable[[], None] = lambda: None) -> None:
        self._desk = desk
        self._count_refused = count_refused
        self._waiting: queue.Queue[tuple[protocol.Request, Reply] | None] = queue.Queue(
            MOST_WAITING
        )
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
        self._thread.start()

    def ask(self, request: protocol.Request, answer: Answer) -> bool:
        """Have a command done; False if too many wait.

        Args:
            request: what.
            answer: is given the message with the result, on the event loop of the caller.
        """
        loop = asyncio.get_running_loop()

        def reply(message: str, done: bool) -> None:
            with contextlib.suppress(RuntimeError):  # the server has closed meanwhile
                if not done:
                    loop.call_soon_threadsafe(self._count_refused)
                loop.call_soon_threadsafe(answer, message)

        try:
            self._waiting.put_nowait((request, reply))
        except queue.Full:
            return False
        return True

    def close(self) -> None:
        """End the thread, unless what it does takes longer than a person waits."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(CLOSE_S)

    def _work(self) -> None:
        while (entry := self._waiting.get()) is not None:
            request, reply = entry
            reply(*self._answer(request))

    def _answer(self, request: protocol.Request) -> tuple[str, bool]:
        try:
            return protocol.done_message(request.id, self._desk.perform(request.command)), True
        except UserError as error:
            problems = getattr(error, "problems", ())
            return protocol.error_message(str(error), request.id, problems), False
        except Exception:  # a slip of ours must not end the set
            log.exception("A command of the page failed unexpectedly.")
            return protocol.error_message(UNEXPECTED, request.id), False
