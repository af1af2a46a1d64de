"""What a recording of the counter says about samples that were lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.support.counting import PIECE, Counted, count, sound_of, write_counter

RATE_HZ = 44_100
SILENCE = np.zeros((512, 2), np.float32)


def numbers(first: int, end: int) -> NDArray[np.float32]:
    """The sound of some numbers."""
    return sound_of(np.arange(first, end))


def recording(folder: Path, *parts: NDArray[np.float32]) -> Path:
    """Write parts one after the other."""
    path = folder / "heard.flac"
    soundfile.write(path, np.concatenate(parts), RATE_HZ, "PCM_24")
    return path


def test_a_whole_recording_lacks_nothing(tmp_path: Path) -> None:
    """Every number of the file is there, over the edges of the pieces it is read in."""
    path = write_counter(tmp_path / "counter.wav", RATE_HZ, 2.5 * PIECE / RATE_HZ)
    end = round(2.5 * PIECE)
    assert count(path) == Counted(first=0, last=end - 1, samples=end)


def test_silence_around_the_numbers_counts_for_nothing(tmp_path: Path) -> None:
    """A recording begins before the counter and ends after it."""
    path = recording(tmp_path, SILENCE, numbers(7, 2000), SILENCE)
    assert count(path) == Counted(first=7, last=1999, samples=1993)


def test_silence_in_place_of_numbers_does_not_make_up_for_them(tmp_path: Path) -> None:
    """What the tracker fills in is no sound that was heard."""
    path = recording(tmp_path, numbers(0, 1000), SILENCE, numbers(1512, 3000))
    assert count(path) == Counted(first=0, last=2999, samples=3000, silent=512, lost=512)


def test_a_block_said_twice_does_not_make_up_for_one_that_is_lost(tmp_path: Path) -> None:
    """The recording is as long as the sound, and lacks a block all the same."""
    path = recording(tmp_path, numbers(0, 1024), numbers(1536, 2048), numbers(1536, 4096))
    assert count(path) == Counted(first=0, last=4095, samples=4096, lost=512)


def test_a_sum_of_two_sounds_is_no_number(tmp_path: Path) -> None:
    """It says that someone else played, too."""
    spoilt = numbers(512, 1024) + np.float32(0.3 / 32768)
    path = recording(tmp_path, numbers(0, 512), spoilt, numbers(1024, 1536))
    assert count(path) == Counted(first=0, last=1535, samples=1536, spoilt=512, lost=512)


def test_a_recording_without_a_number_is_an_error(tmp_path: Path) -> None:
    """Nobody played."""
    with pytest.raises(ValueError, match="no number"):
        count(recording(tmp_path, SILENCE))
