"""The picture of a file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from numpy.typing import NDArray

from realtime_mer.analysis.envelope import Envelope
from realtime_mer.analysis.plot import DPI, write_plot
from realtime_mer.analysis.plot_style import COLOURS, SILENCE, WAVEFORM
from realtime_mer.analysis.whole_file import Analysis, write_whole
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate

RATE_HZ = 8_000


def analysis(
    seconds: float = 30.0, *, level: float = 0.5, arousal: float = 0.6, name: str = "song.wav"
) -> Analysis:
    """An analysis with two seconds of silence at the end, where it is long enough."""
    count = max(1, round(2 * seconds))
    estimates = [
        Estimate(
            sequence=k,
            time_s=(k + 1) / 2,
            dimensions=("arousal", "valence"),
            mean=(arousal * np.sin(k / 9), -0.5 * np.cos(k / 7)),
            std=(0.1, 0.2),
            level_db=-20.0,
            active=count < 8 or k < count - 4,
        )
        for k in range(count)
    ]
    envelope = Envelope(RATE_HZ)
    noise = np.random.default_rng(0).uniform(-level, level, (round(seconds * RATE_HZ), 1))
    envelope.push(noise.astype(np.float32))
    return Analysis(name, seconds, 0.0, "tiny", ("arousal", "valence"), estimates, envelope)


def draw(given: Analysis) -> NDArray[np.float32]:
    """Draw and decode: RGB of 0 to 1, ``[rows, columns, 3]``."""
    file = io.BytesIO()
    write_plot(given, file)
    file.seek(0)
    return np.asarray(imread(file, format="png"))[..., :3]


@pytest.fixture(scope="module")
def usual() -> NDArray[np.float32]:
    """The picture of half a minute."""
    return draw(analysis())


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the points an inch, where only that it can be drawn is asked."""
    monkeypatch.setattr("realtime_mer.analysis.plot.DPI", DPI // 4)


def share(picture: NDArray[np.float32], colour: str) -> float:
    """Share of the pixels that have a colour, within a hundredth."""
    return float((np.abs(picture - to_rgb(colour)).max(axis=-1) < 0.012).mean())


def test_the_picture_has_every_part(usual: NDArray[np.float32]) -> None:
    """Waveform, both curves and the shade of silence are there in their colours."""
    assert usual.shape[1] > 1500
    assert share(usual, WAVEFORM) > 0.01
    assert share(usual, SILENCE) > 0.002
    for colour in COLOURS[:2]:
        assert share(usual, colour) > 0.0005
    assert 0.05 < (usual < 0.9).any(axis=-1).mean() < 0.5


def test_the_picture_depends_on_the_curve(usual: NDArray[np.float32]) -> None:
    """Another arousal gives another curve and another path, and leaves the waveform alone."""
    one, other = usual, draw(analysis(arousal=-0.3))
    changed = (one != other).any(axis=-1)
    rows = np.flatnonzero(changed[:, : one.shape[1] // 2].any(axis=1))
    assert changed.mean() > 0.003
    assert changed[:, one.shape[1] * 6 // 10 :].any()
    waveform_rows = np.flatnonzero(
        (np.abs(one - to_rgb(WAVEFORM)).max(axis=-1) < 0.012).any(axis=1)
    )
    # The title, which has the mean, is above; everything else that changed is below.
    between = (rows >= waveform_rows[0]) & (rows <= waveform_rows[0] + 60)
    assert not between.any()


@pytest.mark.parametrize(
    "seconds", [0.2, 0.5, 1.0, 2.0, 7.3, pytest.param(4000.0, marks=pytest.mark.e2e)]
)
def test_any_length_can_be_drawn(coarse: None, seconds: float) -> None:
    """From a single estimate to more than an hour."""
    assert (draw(analysis(seconds)) < 0.9).any(axis=-1).mean() > 0.01


def test_silence_can_be_drawn() -> None:
    """A file without a sound has flat lines, and no path is claimed."""
    silent = analysis(5.0, level=0.0)
    estimates = [
        Estimate(each.sequence, each.time_s, each.dimensions, (0.0, 0.0), (0.3, 0.3), -120.0, False)
        for each in silent.estimates
    ]
    picture = draw(Analysis("x", 5.0, 0.0, "tiny", silent.dimensions, estimates, silent.envelope))
    assert share(picture, SILENCE) > 0.1


@pytest.mark.parametrize("name", ["cost $5 $x^2$.wav", "夜.flac", "x" * 300 + ".wav", r"\frac.ogg"])
def test_any_name_can_be_a_title(coarse: None, name: str) -> None:
    """What looks like a formula, is long, or in another script is a name all the same."""
    draw(analysis(2.0, name=name))


def test_no_drawing_state_is_left(coarse: None) -> None:
    """The program's own matplotlib settings are as they were, and pyplot was not needed."""
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw(analysis(2.0))
    assert dict(mpl.rcParams) == before


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    """If writing fails half-way the earlier file is whole, and no part of the new one is left."""
    path = tmp_path / "song.png"
    path.write_bytes(b"earlier")

    def fail(file: io.BufferedWriter) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match=r"no space left on device"):
        write_whole(path, fail)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, lambda file: (_ for _ in ()).throw(KeyboardInterrupt()))
    assert [each.name for each in tmp_path.iterdir()] == ["song.png"]
    assert path.read_bytes() == b"earlier"
