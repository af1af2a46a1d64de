"""Cues: when the mood has been tense for four seconds, tell the light desk, once."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from realtime_mer.addresses import parse_target
from realtime_mer.errors import UserError
from realtime_mer.feel.words import WORDS

SILENT = "silent"
"""The word a cue sees while there is no music."""

CUE_WORDS = (*WORDS, SILENT)
LONGEST_S = 3600.0

EXAMPLE = "mood is tense for 4 s, send /cue/12/go to 127.0.0.1:53000"

Argument = float | int | str

_SENTENCE = re.compile(
    r"\s*(?:when\s+)?mood\s+is\s+(?P<words>.+?)"
    r"(?:\s+for\s+(?P<seconds>[^\s,]+?)\s*s(?:ec(?:onds?)?)?)?"
    r"\s*,?\s+send\s+(?P<message>.+?)\s*",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(r",\s*(?=(?:when\s+)?mood\s+is\s)", re.IGNORECASE)
# What OSC 1.0 allows in an address that is meant for one place.
_ADDRESS = re.compile(r"(?:/[!-~]+)+")
_NOT_IN_ADDRESS = re.compile(r"[ #*,?\[\]{}]")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is sent when.

    Attributes:
        words: the moods it waits for, any of :data:`CUE_WORDS`.
        hold_s: how long the mood must have been one of them.
        address: OSC address of the message.
        arguments: of the message: float, int (32 bits) or str.
        target: host and port it goes to; None for every OSC target.
        stream: whose mood is meant, where a run has several; else 0.
    """

    words: tuple[str, ...]
    hold_s: float
    address: str
    arguments: tuple[Argument, ...] = ()
    target: tuple[str, int] | None = None
    stream: int = 0


@dataclass(frozen=True, slots=True)
class CueFired:
    """A message that is to be sent now; the fields are those of its :class:`Cue`."""

    address: str
    arguments: tuple[Argument, ...]
    target: tuple[str, int] | None


class Cues:
    """Fires each cue once, each time its mood has come and stayed.

    Args:
        cues: in the order in which they fire.
    """

    def __init__(self, cues: Sequence[Cue] = ()) -> None:
        self._cues = tuple(cues)
        self._since_s: list[float | None] = [None] * len(self._cues)
        self._fired = [False] * len(self._cues)

    def step(self, word: str, time_s: float) -> tuple[CueFired, ...]:
        """Take the mood of a moment.

        Args:
            word: one of :data:`CUE_WORDS`.
            time_s: stream time, not before that of the last step.

        Returns:
            The messages that are due.
        """
        due: list[CueFired] = []
        for index, cue in enumerate(self._cues):
            if word not in cue.words:
                self._since_s[index] = None
                self._fired[index] = False
                continue
            since_s = self._since_s[index]
            if since_s is None or time_s < since_s:
                since_s = self._since_s[index] = time_s
            if not self._fired[index] and time_s - since_s >= cue.hold_s:
                self._fired[index] = True
                due.append(CueFired(cue.address, cue.arguments, cue.target))
        return tuple(due)


def check_cue_streams(cues: Sequence[Cue], streams: Sequence[int]) -> None:
    """Refuse cues that do not say whose mood they wait for, or name a stream that is not there.

    Args:
        cues: of a run.
        streams: numbers of its streams; none where it has one alone.

    Raises:
        UserError: with the cue, and what to write.
    """
    for cue in cues:
        if cue.stream and not streams:
            raise UserError(
                f"The cue {cue.address} waits for stream {cue.stream}, but this run has one "
                "stream: leave out stream, or start with --channels each."
            )
        if streams and cue.stream not in streams:
            raise UserError(
                f"The cue {cue.address} does not say whose mood it waits for: write it as a "
                f"[[cue]] with stream = {streams[0]} to {streams[-1]}."
            )


def make_cue(
    words: Sequence[str],
    hold_s: float,
    address: str,
    arguments: Sequence[Argument] = (),
    target: tuple[str, int] | None = None,
) -> Cue:
    """Return a cue, its parts checked.

    Raises:
        UserError: for a mood there is no word for, an impossible time, an address that is
            none, or an argument OSC cannot carry.
    """
    for word in words:
        if word not in CUE_WORDS:
            nearest = difflib.get_close_matches(word, CUE_WORDS, n=1, cutoff=0.0)[0]
            raise UserError(f"there is no mood {word!r}: did you mean '{nearest}'?")
    if not words:
        raise UserError(f"the cue names no mood: write it as in: {EXAMPLE}.")
    if not 0.0 <= hold_s <= LONGEST_S:
        raise UserError(f"{hold_s:g} s is no time to wait: choose 0 to {LONGEST_S:.0f} seconds.")
    if not _ADDRESS.fullmatch(address) or _NOT_IN_ADDRESS.search(address):
        raise UserError(f"{address!r} is no OSC address: write one such as /cue/12/go.")
    for argument in arguments:
        if isinstance(argument, bool) or not isinstance(argument, (int, float, str)):
            raise UserError(f"{argument!r} cannot be sent by OSC: give a number or a text.")
        if isinstance(argument, int) and not -(2**31) <= argument < 2**31:
            raise UserError(f"{argument} does not fit into 32 bits: give it as {argument}.0.")
        if isinstance(argument, str) and "\0" in argument:
            raise UserError(f"{argument!r} has a zero byte, which ends a text in OSC: remove it.")
    return Cue(tuple(words), hold_s, address, tuple(arguments), target)


def parse_cue(sentence: str) -> Cue:
    """Read a cue as a person writes it, with "when" in front or without.

    Several moods are joined by ``or``, arguments stand after the address (a text with
    spaces in quotes), and without ``to HOST:PORT`` it goes to every OSC target.

    Raises:
        UserError: where it is no such sentence, with what is wrong in it.

    >>> parse_cue("when mood is joyful or happy for 2.5 s, send /go 1 'scene two'").arguments
    (1, 'scene two')
    """
    match = _SENTENCE.fullmatch(sentence)
    if match is None:
        raise UserError(f"{sentence!r} is no cue: write it as in: {EXAMPLE}.")
    words = re.split(r"\s+or\s+|\s*,\s*", match["words"].strip().lower())
    seconds = match["seconds"]
    try:
        hold_s = float(seconds) if seconds else 0.0
    except ValueError:
        raise UserError(
            f"{seconds!r} is no number of seconds: write it as in: {EXAMPLE}."
        ) from None
    try:
        parts = shlex.split(match["message"])
    except ValueError:
        raise UserError(f"a quotation mark is missing in {sentence!r}: add it.") from None
    target = None
    if len(parts) >= 2 and parts[-2].lower() == "to":
        target = parse_target(parts[-1])
        parts = parts[:-2]
    if not parts:
        raise UserError(f"{sentence!r} sends nothing: write it as in: {EXAMPLE}.")
    return make_cue(words, hold_s, parts[0], [_argument(text) for text in parts[1:]], target)


def parse_cues(text: str) -> tuple[Cue, ...]:
    """Read sentences with commas between, as :func:`parse_cue` reads one; none from nothing."""
    return tuple(parse_cue(sentence) for sentence in _BETWEEN.split(text) if sentence.strip())


def _argument(text: str) -> Argument:
    if re.fullmatch(r"[+-]?[0-9]{1,12}", text):
        return int(text)
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,2})?", text, re.IGNORECASE):
        return float(text)
    return text
