"""One client that sends sound: what it sends is heard at its pace, what is made of it goes back.

Nothing is kept for it without bound. Sound that comes faster than it may is not read, so
that the client is slowed by its own network; and while results wait that it does not take, it
is not read either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate
from realtime_mer.feel.words import MoodWord
from realtime_mer.limits.allowance import Allowance
from realtime_mer.serve import messages
from realtime_mer.serve.hall import Hall
from realtime_mer.serve.pcm import Format, blocks_of
from realtime_mer.serve.replies import GoneError, Replies
from realtime_mer.sinks.web import protocol
from realtime_mer.sinks.web.connection import LimitedConnection

BLOCK_S = 0.5
"""Longest stretch of sound that is heard at once, so that everybody has a turn."""
AHEAD_S = 4.0
"""Sound that may come at once on top of the pace: what a phone sends after a gap."""
LEAST_S = 0.00025
"""What a message counts for at least, of sound: 5,000 of them a second are no music."""
TEXTS_PER_S = 10.0
"""Messages that are no sound, on average over ten seconds."""
ROOM = 2.0
"""Bytes that may come for one of sound; what is too fast is held up long before."""
BYTES_PER_S = 4096.0
MOST_WAITING = 64
"""Results that may wait to be sent before the client is read no further."""
FAREWELL_S = 1.0
SLACK = 0.25
"""Share of its time that a silent client may stay longer."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a client may do.

    Attributes:
        speed: seconds of sound a second; infinite for as fast as it goes.
        idle_s: how long it may send no sound, and how long its format may take to come.
    """

    speed: float = 1.25
    idle_s: float = 30.0


@dataclass(slots=True)
class Tally:
    """What is counted of all clients since the start.

    Attributes:
        streams: that ever were.
        sound_s: seconds of sound that were heard.
        held_up: messages that waited because they came too fast.
        misunderstood: clients that were sent away because of what they said.
        idle: clients that were sent away because they sent nothing.
        cut_off: clients that did not take their results.
    """

    streams: int = 0
    sound_s: float = 0.0
    held_up: int = 0
    misunderstood: int = 0
    idle: int = 0
    cut_off: int = 0


class Visitor:
    """A client, from its format to its end.

    Args:
        connection: to it.
        hall: where its stream is tracked.
        fields: what ``hello`` says of the server.
        rules: what it may do.
        tally: counts what it does.
        stream: a name for its stream.
    """

    def __init__(
        self,
        connection: ServerConnection,
        hall: Hall,
        fields: Mapping[str, object],
        rules: Rules,
        tally: Tally,
        stream: str,
    ) -> None:
        self._connection = connection
        self._hall = hall
        self._fields = fields
        self._rules = rules
        self._tally = tally
        self._stream = stream
        self._replies = Replies(connection, self._count_cut_off)
        self._word = MoodWord()
        self._idle: asyncio.Timeout | None = None
        self._heard_s = 0.0
        self._said = 0

    async def stay(self) -> None:
        """Serve the client until it goes or is sent away."""
        writer = asyncio.create_task(self._replies.write())
        try:
            await self._talk()
        except (messages.Misunderstood, UserError) as error:
            self._tally.misunderstood += 1
            await self._send_away(str(error))
        except TimeoutError:
            self._tally.idle += 1
            await self._send_away(f"No sound came for {self._rules.idle_s:g} s.")
        except (ConnectionClosed, GoneError):
            pass
        finally:
            writer.cancel()

    async def _talk(self) -> None:
        async with asyncio.timeout(self._rules.idle_s):
            first = await self._connection.recv()
        form = messages.parse(first) if isinstance(first, str) else None
        if not isinstance(form, Format):
            raise messages.Misunderstood(f"The format comes first, as in {messages.EXAMPLE}.")
        self._limit(form)
        number = self._hall.enter(form.rate_hz, self._take)
        self._tally.streams += 1
        try:
            self._replies.put(messages.hello_message(self._fields, form, self._stream))
            if await self._hear(number, form):
                await self._hall.flush(number)
                self._replies.put(messages.ended_message(self._said, self._heard_s))
                await self._replies.drain(0)
                await self._connection.close(CloseCode.NORMAL_CLOSURE, "the sound is over")
        finally:
            self._hall.leave(number)

    def _limit(self, form: Format) -> None:
        """Bound what else comes, such as pings: sound that is too fast is slowed before."""
        if isinstance(self._connection, LimitedConnection):
            room = ROOM * self._rules.speed
            self._connection.may_send(room * form.bytes_per_s + BYTES_PER_S, room / LEAST_S)

    async def _hear(self, number: int, form: Format) -> bool:
        """Hear the client's sound; True when it says that it is over."""
        rules = self._rules
        paced = rules.speed != float("inf")
        pace = Allowance(rules.speed if paced else 1.0, time.monotonic(), over_s=AHEAD_S)
        texts = Allowance(TEXTS_PER_S, time.monotonic())
        async with asyncio.timeout(rules.idle_s) as self._idle:
            while True:
                said = await self._connection.recv()
                if isinstance(said, bytes):
                    await self._hear_sound(number, form, said, pace if paced else None)
                    self._still_here()
                elif self._obey(number, said, texts):
                    return True
                else:
                    await self._replies.drain(MOST_WAITING)

    def _obey(self, number: int, said: str, texts: Allowance) -> bool:
        """Do what a message that is no sound asks for; True when it says that all is over."""
        if not texts.spend(time.monotonic()):
            raise messages.Misunderstood("Too many messages that are no sound.")
        match messages.parse(said):
            case messages.End():
                return True
            case messages.Reset():
                self._hall.forget(number)
            case protocol.Ping(ping_id):
                self._replies.put(protocol.pong_message(ping_id))
            case _:
                raise messages.Misunderstood("The format stays as it was agreed on.")
        return False

    def _still_here(self, wait_s: float = 0.0) -> None:
        """Begin anew to wait for sound; a quarter later at times, since timers cost as well."""
        idle, idle_s = self._idle, self._rules.idle_s
        now_s = asyncio.get_running_loop().time()
        if idle is not None and (idle.when() or 0.0) < now_s + wait_s + idle_s:
            idle.reschedule(now_s + wait_s + (1.0 + SLACK) * idle_s)

    async def _hear_sound(
        self, number: int, form: Format, data: bytes, pace: Allowance | None
    ) -> None:
        try:
            blocks = blocks_of(data, form, BLOCK_S)
        except ValueError as error:
            raise messages.Misunderstood(str(error)) from None
        if pace is not None and len(data) < LEAST_S * form.bytes_per_s:
            await self._wait_for(pace, LEAST_S)  # an empty message costs work as well
        for block in blocks:
            seconds = len(block) / form.rate_hz
            if pace is not None:
                await self._wait_for(pace, seconds)
            await self._hall.listen(number, block)
            self._heard_s += seconds
            self._tally.sound_s += seconds
            await self._replies.drain(MOST_WAITING)

    async def _wait_for(self, pace: Allowance, seconds: float) -> None:
        wait_s = pace.wait_s(time.monotonic(), seconds)
        if wait_s > 0.0:
            self._tally.held_up += 1
            self._still_here(wait_s)
            await asyncio.sleep(wait_s)
        pace.spend(time.monotonic(), seconds)

    def _take(self, estimates: Sequence[Estimate]) -> None:
        for estimate in estimates:
            word = self._word.step(estimate.arousal, estimate.valence)
            self._replies.put(messages.estimate_message(estimate, word))
            self._said += 1

    def _count_cut_off(self) -> None:
        self._tally.cut_off += 1

    async def _send_away(self, sentence: str) -> None:
        self._replies.put(protocol.error_message(sentence))
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._replies.drain(0)
                await self._connection.close(CloseCode.POLICY_VIOLATION, sentence[:100])
        except (TimeoutError, ConnectionClosed, GoneError):
            self._connection.transport.abort()
