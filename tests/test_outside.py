"""What comes from outside, damaged at random: a value or a sentence, never a traceback.

Every parser has such tests of its own beside its others; here are whole files and streams that
were good before something happened to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.estimates import make_estimate
from support.tiny_model import write_tiny_model

from realtime_mer.config.merge import merge_settings
from realtime_mer.config.presets import PRESETS, preset_path
from realtime_mer.config.template import template
from realtime_mer.errors import UserError
from realtime_mer.model import EmotionModel, load_model
from realtime_mer.recording_file import read_recording
from realtime_mer.rows import csv_header, csv_line, json_line
from realtime_mer.settings import Settings, setting_fields
from realtime_mer.sources.raw_pcm import SAMPLE_FORMATS, PcmDecoder
from realtime_mer.tracker import Tracker

T = TypeVar("T")

OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

TEMPLATE = template(setting_fields(), "show.toml").replace("\n# ", "\n")
CONFIGURATIONS = [
    TEMPLATE.encode(),
    *(preset_path(name).read_bytes() for name in PRESETS),
]
JSONL = '{"schema": 1, "model": {"name": "tiny"}, "rate": 44100}\n' + "".join(
    json_line(make_estimate(number)) for number in range(6)
)
CSV = csv_header() + "".join(csv_line(make_estimate(number)) for number in range(6))


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes that are changed, taken out, put in, repeated or cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        what = draw(st.sampled_from(["change", "take", "put", "repeat", "cut"]))
        if what == "change" and at < len(content):
            content[at] = draw(st.integers(0, 255))
        elif what == "take":
            del content[at : at + draw(st.integers(1, 40))]
        elif what == "put":
            content[at:at] = draw(st.binary(max_size=12) | st.sampled_from(
                [b"1e999", b"NaN", b"-Infinity", b'"', b"[[", b"]]", b"{", b"\n", b"\x00",
                 b"\xef\xbb\xbf", b"=", b"9" * 400, "\u2028".encode()]))  # fmt: skip
        elif what == "repeat":
            end = min(len(content), at + draw(st.integers(1, 200)))
            content[at:at] = content[at:end]
        else:
            del content[at:]
    return bytes(content)


def given_or_refused(read: Callable[[], T]) -> T | str:
    """Return what is read, or the one line a person is told."""
    with pytest.raises((UserError, _Read)) as outcome:
        raise _Read(read())
    if isinstance(outcome.value, _Read):
        return outcome.value.args[0]  # type: ignore[no-any-return]
    said = str(outcome.value).strip()
    assert said
    assert "\n" not in said
    return said


class _Read(Exception):
    """Nothing was wrong."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For all the files of one test, one after another."""
    return tmp_path_factory.mktemp("outside")


@OFTEN
@given(data=st.data())
def test_a_damaged_configuration_is_read_or_refused(folder: Path, data: st.DataObject) -> None:
    """Whatever happened to a file of settings, it gives settings or a sentence."""
    whole = data.draw(st.sampled_from(CONFIGURATIONS))
    path = folder / "show.toml"
    path.write_bytes(data.draw(damaged(whole)))
    merged = given_or_refused(lambda: merge_settings({}, {}, path).settings)
    assert isinstance(merged, Settings) or "show.toml" in merged


@OFTEN
@given(
    st.dictionaries(
        st.sampled_from([f"REALTIME_MER_{name.upper()}" for name in setting_fields()]),
        st.text(max_size=30)
        | st.sampled_from(["on", "0\n0", "off", "1", "-1", "nan", "inf", "1e400"]),
        max_size=4,
    )
)
def test_any_environment_gives_settings_or_a_sentence(environment: dict[str, str]) -> None:
    """What stands in variables is parsed as flags are."""
    merged = given_or_refused(lambda: merge_settings({}, environment).settings)
    assert isinstance(merged, Settings) or any(name in merged for name in environment)


@OFTEN
@given(data=st.data())
@pytest.mark.parametrize(("whole", "suffix"), [(JSONL, ".jsonl"), (CSV, ".csv")])
def test_a_damaged_recording_is_read_or_refused(
    folder: Path, whole: str, suffix: str, data: st.DataObject
) -> None:
    """What is read of a recording is in order and in range, else there is a sentence."""
    path = folder / f"set{suffix}"
    path.write_bytes(data.draw(damaged(whole.encode())))
    recording = given_or_refused(lambda: read_recording(path))
    if isinstance(recording, str):
        assert path.name in recording
        return
    times = [estimate.time_s for estimate in recording.estimates]
    assert times == sorted(set(times))
    for estimate in recording.estimates:
        assert all(abs(mean) <= 1.0 for mean in estimate.mean)
        assert all(math.isfinite(std) for std in estimate.std)
        assert math.isfinite(estimate.level_db)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    sample_format=st.sampled_from(list(SAMPLE_FORMATS)),
    channels=st.integers(1, 3),
    cuts=st.lists(st.integers(1, 9000), min_size=1, max_size=8),
)
def test_noise_on_a_pipe_gives_estimates_that_are_numbers(
    tiny: EmotionModel, seed: int, sample_format: str, channels: int, cuts: list[int]
) -> None:
    """Random bytes, which as floats are NaN, infinity and 1e38, in portions of any size."""
    rate_hz = 16_000
    seconds = 1.1
    frame_bytes = SAMPLE_FORMATS[sample_format][1] * channels
    noise = np.random.default_rng(seed).bytes(round(seconds * rate_hz) * frame_bytes)
    decoder, tracker = PcmDecoder(sample_format, channels), Tracker(rate_hz, tiny)
    estimates, at, turn = [], 0, 0
    while at < len(noise):
        size = cuts[turn % len(cuts)]
        estimates += tracker.feed(decoder.push(noise[at : at + size]))
        at, turn = at + size, turn + 1
    assert [estimate.sequence for estimate in estimates] == [0, 1]
    for estimate in estimates:
        assert all(abs(mean) <= 1.0 for mean in estimate.mean)
        assert all(0.0 < std < 10.0 for std in estimate.std)
        assert math.isfinite(estimate.level_db)
