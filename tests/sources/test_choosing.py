"""Which device a person means."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.errors import UserError
from realtime_mer.sources.choosing import describe, find_input, nearest_name
from realtime_mer.sources.devices import DeviceInfo


def device(
    number: int, name: str, api: str = "ALSA", channels: int = 2, **more: bool
) -> DeviceInfo:
    return DeviceInfo(number, name, api, channels, 48_000, **more)


SPEAKERS = device(0, "HDMI Speakers", channels=0)
BUILT_IN = device(1, "Built-in Audio Analog Stereo", is_default=True)
MONITOR = device(2, "Monitor of Built-in Audio Analog Stereo")
SCARLETT = device(3, "Scarlett 2i2 USB: Audio (hw:1,0)")
SCARLETT_18 = device(4, "Scarlett 18i20 USB: Audio (hw:2,0)", channels=18)
LINUX = [SPEAKERS, BUILT_IN, MONITOR, SCARLETT, SCARLETT_18]

MME = device(0, "Microphone (Scarlett 2i2 USB Au", "MME", is_default=True)
WASAPI = device(5, "Microphone (Scarlett 2i2 USB Audio Device)", "Windows WASAPI")
WASAPI = replace(WASAPI, on_default_api=False)
WDM = device(9, "Microphone (Scarlett 2i2 USB Audio Device)", "Windows WDM-KS")
WDM = replace(WDM, on_default_api=False)
WINDOWS = [MME, WASAPI, WDM]


@pytest.mark.parametrize("wanted", [None, "mic", "MIC", " mic "])
def test_mic_is_the_default_input(wanted: str | None) -> None:
    """Without a name the system's default input is meant."""
    assert find_input(LINUX, wanted) is BUILT_IN


def test_mic_without_a_default_is_the_first_input() -> None:
    """Where the system names no default, the first input serves."""
    assert find_input([SPEAKERS, SCARLETT], "mic") is SCARLETT


@pytest.mark.parametrize("wanted", [3, "3", " 3 "])
def test_number(wanted: str | int) -> None:
    """A number is PortAudio's."""
    assert find_input(LINUX, wanted) is SCARLETT


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("2i2", SCARLETT),
        ("scarlett 18", SCARLETT_18),
        ("SCARLETT  2I2", SCARLETT),
        ("analog stereo", BUILT_IN),
        ("monitor of built-in", MONITOR),
        ("hw:2,0", SCARLETT_18),
    ],
)
def test_part_of_a_name(wanted: str, expected: DeviceInfo) -> None:
    """Part of a name finds the device, whatever its case; a monitor only when it is named."""
    assert find_input(LINUX, wanted) is expected


def test_exact_name_wins_over_part_of_another() -> None:
    """``USB`` is the device of that name though others have USB in theirs."""
    plain = device(7, "USB")
    assert find_input([*LINUX, plain], "usb") is plain


def test_default_host_api_wins() -> None:
    """The same device under several of Windows' interfaces is not ambiguous."""
    assert find_input(WINDOWS, "scarlett") is MME


def test_name_only_another_host_api_has() -> None:
    """Windows' oldest interface cuts names off; the whole name is found in a newer one."""
    assert find_input(WINDOWS, "Microphone (Scarlett 2i2 USB Audio Device)") is WASAPI


@pytest.mark.parametrize("wanted", ["wdm", "Scarlett 2i2 USB Audio Device), Windows WDM"])
def test_host_api_can_be_named(wanted: str) -> None:
    """``name, host API`` chooses the interface too."""
    assert find_input(WINDOWS, wanted) is WDM


def test_two_devices_match() -> None:
    """Where two match, both are listed with their numbers."""
    with pytest.raises(UserError, match=r"“scarlett”.* 3 “Scarlett 2i2.* 4 “Scarlett 18i20"):
        find_input(LINUX, "scarlett")


def test_two_equal_names_of_one_host_api() -> None:
    """Two of the same sound card can only be told apart by number."""
    twins = [device(0, "USB Audio"), device(1, "USB Audio")]
    with pytest.raises(UserError, match=r"0 “USB Audio”, 1 “USB Audio”"):
        find_input(twins, "usb audio")


def test_no_such_device_names_the_nearest() -> None:
    """A mistyped name gets the one most like it, and the list."""
    with pytest.raises(UserError, match=r"“scarlet 2i2”.*did you mean “Scarlett 2i2.*1 “Built-in"):
        find_input(LINUX, "scarlet 2i2")


def test_no_such_device_and_nothing_alike() -> None:
    """Where nothing is alike, nothing is proposed."""
    with pytest.raises(UserError, match=r"no input device “xyzzy”: the inputs are 1"):
        find_input(LINUX, "xyzzy")


@pytest.mark.parametrize(("wanted", "said"), [("99", "no device number 99"), ("0", "not an input")])
def test_numbers_that_cannot_be(wanted: str, said: str) -> None:
    """A number beyond the list, or of an output, gets the list of inputs."""
    with pytest.raises(UserError, match=rf"{said}.*3 “Scarlett 2i2"):
        find_input(LINUX, wanted)


def test_output_by_name() -> None:
    """An output's name is called that, rather than unknown."""
    with pytest.raises(UserError, match=r"“hdmi” is not an input"):
        find_input(LINUX, "hdmi")


@pytest.mark.parametrize("wanted", [None, "mic", "0", "scarlett"])
def test_no_input_at_all(wanted: str | None) -> None:
    """With no input, the demo is proposed, whatever was asked for."""
    with pytest.raises(UserError, match=r"no audio input device.*--device demo"):
        find_input([SPEAKERS], wanted)


names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12)


@st.composite
def device_lists(draw: st.DrawFn) -> list[DeviceInfo]:
    drawn = draw(
        st.lists(st.tuples(names, st.sampled_from(["MME", "ASIO"]), st.integers(0, 4)), max_size=8)
    )
    return [
        replace(device(number, name, api, channels), on_default_api=api == "MME")
        for number, (name, api, channels) in enumerate(drawn)
    ]


@given(device_lists(), st.one_of(names, st.sampled_from(["mic", "0", "7"])))
def test_answer_is_an_input_or_one_sentence(devices: list[DeviceInfo], wanted: str) -> None:
    """Whatever the list and the wish: an input that has the wish in it, or a UserError."""
    try:
        found = find_input(devices, wanted)
    except UserError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert "\n" not in said
        assert said.endswith(".")
        return
    assert found in devices
    assert found.input_channels > 0
    wanted = " ".join(wanted.casefold().split())
    if wanted != "mic" and not wanted.isdecimal():
        full_name = f"{found.name}, {found.host_api}".casefold()
        assert wanted in " ".join(full_name.split())


@given(device_lists())
def test_number_always_finds_its_device(devices: list[DeviceInfo]) -> None:
    """Every input is reached by its number."""
    for wanted in devices:
        if wanted.input_channels:
            assert find_input(devices, wanted.number) is wanted


@given(st.lists(names, min_size=1), st.data())
def test_nearest_name_of_a_name_is_itself(known: list[str], data: st.DataObject) -> None:
    """A name that is known is nearest to itself."""
    name = data.draw(st.sampled_from(known))
    nearest = nearest_name(name, known)
    assert nearest is not None
    assert nearest.casefold() == name.casefold() or name in nearest.split()


def test_describe_names_host_apis_only_where_they_differ() -> None:
    """A list from one host API does not repeat it."""
    assert describe([BUILT_IN, SCARLETT]) == (
        "1 “Built-in Audio Analog Stereo”, 3 “Scarlett 2i2 USB: Audio (hw:1,0)”"
    )
    assert re.search(r"\(MME\).*\(Windows WASAPI\)", describe(WINDOWS))
