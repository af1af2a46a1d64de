"""Which input device a person means: a pure function over the list of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from realtime_mer.errors import UserError
from realtime_mer.sources.devices import DeviceInfo


def find_input(devices: Sequence[DeviceInfo], wanted: str | int | None) -> DeviceInfo:
    """Return the input device a person means.

    Args:
        devices: every device, as ``list_devices`` returns them.
        wanted: None or ``"mic"`` for the default input, a number (also as digits), a name,
            ``name, host API``, or part of a name; case does not matter. An exact name wins
            over part of one, the default host API over the others, and an input over a
            loopback device that has its name in its own (``Monitor of …``).

    Raises:
        UserError: no input at all, no such device, not an input, or more than one matches.
    """
    inputs = [device for device in devices if device.input_channels > 0]
    if not inputs:
        raise UserError(
            "There is no audio input device: plug one in, or play the built-in demo "
            "with --device demo."
        )
    text = "mic" if wanted is None else str(wanted).strip()
    if text.casefold() == "mic":
        return next((device for device in inputs if device.is_default), inputs[0])
    if text.isdecimal():
        return _by_number(devices, inputs, int(text))
    found = _by_name(inputs, text)
    if not found:
        raise UserError(_no_such_device(devices, inputs, text))
    if len(found) > 1:
        raise UserError(
            f"“{text}” is part of the names of {len(found)} input devices: choose one by its "
            f"number or whole name, {describe(found)}."
        )
    return found[0]


def _by_number(
    devices: Sequence[DeviceInfo], inputs: Sequence[DeviceInfo], number: int
) -> DeviceInfo:
    device = next((device for device in devices if device.number == number), None)
    if device is None:
        raise UserError(f"There is no device number {number}: the inputs are {describe(inputs)}.")
    if device.input_channels == 0:
        raise UserError(
            f"Device {number}, “{device.name}”, is not an input: the inputs are {describe(inputs)}."
        )
    return device


def _by_name(inputs: Sequence[DeviceInfo], text: str) -> list[DeviceInfo]:
    """Return the devices that match best: none, one, or several that match equally well."""
    wanted = " ".join(text.casefold().split())

    def names(device: DeviceInfo) -> tuple[str, str]:
        name = " ".join(device.name.casefold().split())
        return name, f"{name}, {device.host_api.casefold()}"

    exact = [device for device in inputs if wanted in names(device)]
    partial = [device for device in inputs if wanted and wanted in names(device)[1]]
    found = exact or [d for d in partial if wanted in names(d)[0]] or partial
    if not found:
        return []
    preferred = next((device for device in found if device.on_default_api), found[0]).host_api
    found = [device for device in found if device.host_api == preferred]
    microphones = [device for device in found if not device.is_loopback]
    return microphones if len(microphones) == 1 else found


def _no_such_device(devices: Sequence[DeviceInfo], inputs: Sequence[DeviceInfo], text: str) -> str:
    outputs = [device for device in devices if device.input_channels == 0]
    if any(text.casefold() in device.name.casefold() for device in outputs):
        return f"“{text}” is not an input: the inputs are {describe(inputs)}."
    nearest = nearest_name(text, [device.name for device in inputs])
    hint = f" (did you mean “{nearest}”?)" if nearest else ""
    return f"There is no input device “{text}”{hint}: the inputs are {describe(inputs)}."


def nearest_name(text: str, names: Sequence[str]) -> str | None:
    """Return the name most like a mistyped one, or None where nothing is alike.

    A whole name and its words are compared, so that ``scarlet`` finds ``Scarlett 2i2 USB``.
    """
    best_ratio, best = 0.6, None  # difflib's own threshold of likeness
    for name in names:
        for part in [name, *name.split()]:
            matcher = difflib.SequenceMatcher(None, text.casefold(), part.casefold())
            if matcher.ratio() > best_ratio:
                best_ratio, best = matcher.ratio(), name
    return best


def describe(devices: Sequence[DeviceInfo]) -> str:
    """List devices in a sentence: ``0 “default”, 3 “Scarlett 2i2 USB”``."""
    apis = {device.host_api for device in devices}
    return ", ".join(
        f"{device.number} “{device.name}”" + (f" ({device.host_api})" if len(apis) > 1 else "")
        for device in devices
    )
