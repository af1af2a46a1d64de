"""What each OSC address of control does to the levers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from realtime_mer.calibrations import ADAPT, HOLD, STOP, is_number
from realtime_mer.control.bounds import CALIBRATION_S
from realtime_mer.controls import Controls
from realtime_mer.errors import UserError

Argument = object


def perform(controls: Controls, address: str, arguments: Sequence[Argument]) -> bool:
    """Do what one message asks for.

    A button that sends 1 when pressed and 0 when let go works everywhere: the 0 does
    nothing, but for ``/mer/freeze``, where it thaws.

    Returns:
        False where no such address is known.

    Raises:
        UserError: where the message makes no sense or cannot be done.
    """
    action = ACTIONS.get(address)
    if action is None:
        return False
    action(controls, arguments)
    return True


def _reset(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not _let_go(arguments):
        controls.reset()


def _freeze(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not arguments:
        controls.freeze(None)
        return
    number = _number(arguments[0])
    if number is None:
        raise UserError(f"/mer/freeze takes 1, 0 or nothing, not {arguments[0]!r}: send these.")
    controls.freeze(number >= 0.5)


def _calibrate(controls: Controls, arguments: Sequence[Argument]) -> None:
    if not arguments:
        controls.toggle_calibrating()
        return
    if _let_go(arguments):
        return
    name = str(arguments[1]) if len(arguments) > 1 else ""
    seconds = _number(arguments[0])
    if seconds == 1.0:
        controls.calibrate(CALIBRATION_S, name)
    elif seconds is not None:
        controls.calibrate(seconds, name)
    else:
        _calibration_word(controls, str(arguments[0]).strip())


def _calibration_word(controls: Controls, word: str) -> None:
    if word.casefold() == STOP:
        controls.stop_calibrating()
    elif word.casefold() in (HOLD, ADAPT):
        controls.hold_range(word.casefold() == HOLD)
    else:
        controls.use_calibration(word)


def _mark(controls: Controls, arguments: Sequence[Argument]) -> None:
    if _let_go(arguments):
        return
    pressed = not arguments or arguments[0] in (1, 1.0, True)
    controls.mark("" if pressed else str(arguments[0]))


def _gain(controls: Controls, arguments: Sequence[Argument]) -> None:
    gain_db = _number(arguments[0]) if arguments else None
    if gain_db is None:
        raise UserError("/mer/gain takes a number of decibels: send one, such as 6.0.")
    controls.set_gain(gain_db)


ACTIONS: dict[str, Callable[[Controls, Sequence[Argument]], None]] = {
    "/mer/reset": _reset,
    "/mer/freeze": _freeze,
    "/mer/calibrate": _calibrate,
    "/mer/mark": _mark,
    "/mer/gain": _gain,
}


def _number(argument: Argument) -> float | None:
    """A finite number, also one that came as text; None for anything else."""
    if isinstance(argument, str) and is_number(argument):
        argument = float(argument)
    if isinstance(argument, (int, float)) and math.isfinite(argument):  # booleans are 1 and 0
        return float(argument)
    return None


def _let_go(arguments: Sequence[Argument]) -> bool:
    return bool(arguments) and _number(arguments[0]) == 0.0
