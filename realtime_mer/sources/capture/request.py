"""What the tracker asks a capturing process for, and which device is meant by it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from realtime_mer.errors import UserError
from realtime_mer.sources.choosing import find_input
from realtime_mer.sources.devices import DeviceInfo, full_name


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Which device to hear, and how.

    Attributes:
        device: what a person says, see :func:`~realtime_mer.sources.choosing.find_input`.
        channels: 0-based; None for the first two.
        rate_hz: to ask of the device in place of its own; None for its own.
        again: the device that was lost and is wanted again, in place of ``device``.
        beside: every input that was there beside it while it was.
    """

    device: str | int | None = None
    channels: tuple[int, ...] | None = None
    rate_hz: int | None = None
    again: DeviceInfo | None = None
    beside: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return the request as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> CaptureRequest:
        """Read what :meth:`encode` wrote."""
        fields = json.loads(text)
        channels, again = fields["channels"], fields["again"]
        return cls(
            device=fields["device"],
            channels=None if channels is None else tuple(channels),
            rate_hz=fields["rate_hz"],
            again=None if again is None else DeviceInfo(**again),
            beside=tuple(fields["beside"]),
        )

    def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        """Return the device that is meant.

        Raises:
            UserError: it is not there.
        """
        if self.again is None:
            return find_input(devices, self.device)
        return find_again(devices, self.again, self.beside)


def find_again(
    devices: Sequence[DeviceInfo], lost: DeviceInfo, beside: Sequence[str] = ()
) -> DeviceInfo:
    """Return the device that was lost, now that it may have another number.

    ALSA also puts the number of the card into the name (``Scarlett 2i2 USB: Audio (hw:1,0)``),
    and it may be another after a card was plugged in again. So a name that differs in that
    alone will do, unless it was there beside the lost one: then it is the second of two equal
    cards, and not what was listened to.

    Args:
        devices: every device there is now.
        lost: as it was.
        beside: the full names of every input that was there with it.

    Raises:
        UserError: it is not there, or it cannot be told which it is.
    """
    inputs = [device for device in devices if device.input_channels > 0]
    same = [device for device in inputs if full_name(device) == full_name(lost)]
    if not same:
        same = [
            device
            for device in inputs
            if device.host_api == lost.host_api
            and _without_card(device.name) == _without_card(lost.name)
            and full_name(device) not in beside
        ]
    if len(same) != 1:
        raise UserError(
            f"The input device “{lost.name}” is gone: plug it in again, or choose another "
            "(realtime-mer devices lists them)."
        )
    return same[0]


def _without_card(name: str) -> str:
    return re.sub(r"\s*\(hw:\d+,\d+\)$", "", name)
