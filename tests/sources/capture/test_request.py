"""Which device is meant, and above all which is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.capture.request import CaptureRequest, find_again
from realtime_mer.sources.devices import DeviceInfo, full_name


def device(name: str, number: int = 0, api: str = "ALSA", inputs: int = 2) -> DeviceInfo:
    return DeviceInfo(number, name, api, inputs, 48_000)


LOST = device("Scarlett 2i2 USB: Audio (hw:1,0)", 3)
OTHER = device("HDA Intel PCH: ALC257 Analog (hw:0,0)", 1)


@given(
    st.none() | st.text() | st.integers(),
    st.none() | st.lists(st.integers(0, 63), min_size=1).map(tuple),
    st.none() | st.integers(1, 768_000),
    st.booleans(),
    st.lists(st.text()).map(tuple),
)
def test_a_request_survives_its_way(
    wanted: str | int | None,
    channels: tuple[int, ...] | None,
    rate_hz: int | None,
    again: bool,
    beside: tuple[str, ...],
) -> None:
    """What one process asks for is what the other reads."""
    request = CaptureRequest(wanted, channels, rate_hz, LOST if again else None, beside)
    assert CaptureRequest.decode(request.encode()) == request


def test_the_same_name_is_taken_under_another_number() -> None:
    """Numbers change when devices come and go."""
    back = device(LOST.name, 0)
    assert find_again([back, OTHER], LOST) is back


def test_another_card_number_in_the_name_is_no_matter() -> None:
    """ALSA counts its cards anew."""
    back = device("Scarlett 2i2 USB: Audio (hw:2,0)", 5)
    assert find_again([OTHER, back], LOST, [full_name(OTHER)]) is back


def test_the_second_of_two_equal_cards_is_not_taken() -> None:
    """It was there all the time, and hears something else."""
    second = device("Scarlett 2i2 USB: Audio (hw:2,0)", 5)
    with pytest.raises(UserError, match="is gone"):
        find_again([OTHER, second], LOST, [full_name(OTHER), full_name(second)])
    back = device("Scarlett 2i2 USB: Audio (hw:3,0)", 6)
    assert find_again([second, back], LOST, [full_name(second)]) is back


def test_where_it_cannot_be_told_nothing_is_taken() -> None:
    """Two new ones that look alike could both be it."""
    pair = [device(f"Scarlett 2i2 USB: Audio (hw:{card},0)", card) for card in (2, 3)]
    with pytest.raises(UserError, match="is gone"):
        find_again(pair, LOST)


@pytest.mark.parametrize(
    "there",
    [
        [],
        [OTHER],
        [device(LOST.name, api="JACK Audio Connection Kit")],
        [device(LOST.name, inputs=0)],
        [device("Scarlett 18i20 USB: Audio (hw:1,0)")],
        [device("Scarlett 2i2 USB: Audio #1 (hw:1,0)")],
    ],
)
def test_no_other_device_is_taken(there: list[DeviceInfo]) -> None:
    """Another name, another system, an output: the lost one is still gone."""
    with pytest.raises(UserError, match="“Scarlett 2i2 USB"):
        find_again(there, LOST)


def test_a_person_chooses_as_before() -> None:
    """Without a lost device it is the name, or a part of it."""
    assert CaptureRequest("scarlett").choose([OTHER, LOST]) is LOST
    assert CaptureRequest("hda", again=LOST).choose([OTHER, LOST]) is LOST
