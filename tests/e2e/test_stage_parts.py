"""The parts of the stage page, each by itself in a browser: motion, light, colours, quality."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from support.browser import chromium, page_of
from support.web import web_sink

pytestmark = pytest.mark.e2e

LOOKS = ("aurora", "ink", "lattice")
PAINTERS = ("PainterGl", "Painter2d")
FEELINGS = {
    "joyful": (0.5, 0.5),
    "tense": (0.5, -0.5),
    "sad": (-0.5, -0.5),
    "calm": (-0.5, 0.5),
}

# What a page would do by its clock, done by hand: so many frames, each so many seconds long.
REHEARSE = """async ([look, painter, estimates, fps, everyS, seconds, width, height, calm]) => {
  const { Feeling } = await import("/stage/feeling.js");
  const { Colours } = await import("/stage/scheme.js");
  const { LuminanceSampler } = await import("/stage/luminance.js");
  const painters = {
    ...await import("/stage/painter_gl.js"),
    ...await import("/stage/painter_2d.js"),
  };
  const canvas = new OffscreenCanvas(width, height);
  canvas.addEventListener ??= () => {};
  const paint = new painters[painter](canvas);
  const sampler = new LuminanceSampler();
  const feeling = new Feeling();
  const colours = new Colours();
  feeling.calm = calm;
  const cells = [];
  let taken = -1;
  for (let frame = 0; frame < seconds * fps; frame += 1) {
    const now = Math.floor(frame / fps / everyS);
    if (now > taken) feeling.aim(estimates[(taken = now) % estimates.length], everyS);
    const mood = feeling.step(1 / fps);
    paint.draw(mood, colours.step(mood, 1 / fps), [[look, 1]]);
    cells.push(sampler.sample(canvas));
  }
  const read = new OffscreenCanvas(width, height).getContext("2d");
  read.drawImage(canvas, 0, 0);
  return { cells, pixels: Array.from(read.getImageData(0, 0, width, height).data) };
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of the server with nothing on it, to import the stage's modules into."""
    with (
        chromium() as browser,
        web_sink() as sink,
        page_of(browser, sink.url + "healthz") as (page, _),
    ):
        yield page


def estimate(
    arousal: float,
    valence: float,
    *,
    std: float = 0.12,
    level_db: float = -20.0,
    active: bool = True,
) -> dict[str, Any]:
    """An estimate as the page gets it."""
    return {
        "arousal": arousal,
        "valence": valence,
        "arousal_std": std,
        "valence_std": std,
        "level_db": level_db,
        "active": active,
    }


def rehearse(
    page: Page,
    look: str,
    estimates: list[dict[str, Any]],
    *,
    painter: str = "PainterGl",
    fps: float = 60,
    every_s: float = 0.5,
    seconds: float = 4,
    size: tuple[int, int] = (160, 90),
    calm: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Luminance ``[frames, cells]`` of a show without a clock, and its last picture as RGB 0..1."""
    width, height = size
    said = [look, painter, estimates, fps, every_s, seconds, width, height, calm]
    found = page.evaluate(REHEARSE, said)
    pixels = np.array(found["pixels"], dtype=float).reshape(height, width, 4)[..., :3] / 255
    return np.array(found["cells"]), pixels


def hue(picture: np.ndarray) -> complex:
    """Mean hue as a direction, its length the share of pixels that agree, by their chroma."""
    directions = []
    for r, g, b in picture.reshape(-1, 3):
        h, _, _ = colorsys.rgb_to_hls(r, g, b)
        directions.append((max(r, g, b) - min(r, g, b)) * np.exp(2j * np.pi * h))
    return complex(np.mean(directions))


def detail(picture: np.ndarray) -> float:
    """How much neighbouring pixels differ, as a share of how bright they are."""
    grey = picture.mean(-1)
    return float(np.abs(np.diff(grey, axis=1)).mean() / grey.mean())


def flashes(luminance: np.ndarray, fps: float) -> int:
    """The most flashes within any second, of any one cell (WCAG 2.3.1).

    A flash is a pair of opposing changes of relative luminance of a tenth or more, where the
    darker of the two is below 0.8.

    Args:
        luminance: relative luminance ``[frames, cells]``.
        fps: frames a second.
    """
    worst = 0
    for cell in luminance.T:
        swings: list[int] = []  # frames in which a change of a tenth was complete
        direction, low, high = 0, cell[0], cell[0]
        for frame, value in enumerate(cell):
            low, high = min(low, value), max(high, value)
            if direction >= 0 and value <= high - 0.1 and value < 0.8:
                direction, low = -1, value
                swings.append(frame)
            elif direction <= 0 and value >= low + 0.1 and low < 0.8:
                direction, high = 1, value
                swings.append(frame)
        for i, first in enumerate(swings):
            worst = max(worst, sum(frame < first + fps for frame in swings[i:]) // 2)
    return worst


def test_flashes_are_counted_as_the_guideline_does() -> None:
    """A square wave of n hertz has n flashes a second, one of a twentieth of the range none."""
    fps = 60
    seconds = np.arange(4 * fps) / fps
    for hertz in (1, 2, 4, 10):
        wave = 0.3 + 0.2 * np.sign(np.sin(2 * np.pi * hertz * seconds + 0.1))
        assert flashes(wave[:, None], fps) == hertz
        smooth = 0.3 + 0.2 * np.sin(2 * np.pi * hertz * seconds)
        assert flashes(smooth[:, None], fps) == hertz
        assert flashes(0.3 + (wave[:, None] - 0.3) / 8, fps) == 0
    assert flashes(0.9 + 0.05 * np.sign(np.sin(50 * seconds))[:, None], fps) == 0
    assert flashes(seconds[:, None] / 4, fps) == 0


WORST = {
    "extremes": [
        estimate(1, 1, level_db=0),
        estimate(-1, -1, level_db=-60, std=0.5),
    ],
    "music and silence": [
        estimate(1, 1, level_db=0),
        estimate(0, 0, level_db=-120, active=False),
    ],
    "round the circle": [
        estimate(1, 1),
        estimate(1, -1, level_db=-50),
        estimate(-1, -1),
        estimate(-1, 1, level_db=-2),
    ],
    "excited": [estimate(1, 0.9, std=0.01), estimate(0.95, 1, std=0.01, level_db=-8)],
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("worst", WORST)
def test_nothing_flashes(page: Page, look: str, worst: str) -> None:
    """Whatever comes, and five times as often as it does, no place flashes 3 times a second."""
    found = {}
    for every_s in (0.5, 0.1):
        luminance, _ = rehearse(
            page, look, WORST[worst], fps=30, every_s=every_s, seconds=6, size=(128, 72)
        )
        found[every_s] = flashes(luminance, 30)
        print(
            f"{look}, {worst}, every {every_s} s: {found[every_s]} flashes a second, "
            f"mean luminance {luminance.mean():.2f}, largest change in a frame "
            f"{np.abs(np.diff(luminance.mean(1))).max():.4f}"
        )
    assert max(found.values()) < 3, found


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_flashes_without_webgl(page: Page, look: str) -> None:
    """The plain canvas keeps to the same limit, under the inputs that move it most."""
    for worst in ("extremes", "excited"):
        luminance, _ = rehearse(
            page, look, WORST[worst], painter="Painter2d", fps=30, seconds=6, size=(128, 72)
        )
        assert flashes(luminance, 30) < 3, worst


@pytest.mark.parametrize("painter", PAINTERS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_picture_says_what_the_music_feels(page: Page, look: str, painter: str) -> None:
    """Four feelings have four hues; silence has hardly any, and less light."""
    shows = {
        name: rehearse(page, look, [said], painter=painter, fps=5, seconds=8)
        for name, said in {
            **{name: estimate(*point) for name, point in FEELINGS.items()},
            "silence": estimate(0, 0, active=False, level_db=-120),
        }.items()
    }
    hues = {name: hue(picture) for name, (_, picture) in shows.items()}
    light = {name: luminance[-1].mean() for name, (luminance, _) in shows.items()}
    for name in shows:
        turn, length = np.angle(hues[name], deg=True), abs(hues[name])
        print(f"{look} {painter} {name}: {turn:.0f}°, {length:.2f}, light {light[name]:.3f}")
    silence = hues.pop("silence")
    for name, direction in hues.items():
        assert abs(direction) > 2 * abs(silence), name
        for other, against in hues.items():
            apart = abs(np.angle(direction / against, deg=True))
            assert name == other or apart > 12, (name, other, apart)
    assert light.pop("silence") < np.mean(list(light.values()))
    # Warm or cold as on the dashboard: joy is between red and yellow, calm between green and blue.
    assert 0 < np.angle(hues["joyful"], deg=True) < 60
    assert 120 < np.angle(hues["calm"], deg=True) % 360 < 260


@pytest.mark.parametrize("look", LOOKS)
def test_excitement_sharpens_and_doubt_blurs(page: Page, look: str) -> None:
    """Excited music has more detail than calm music, and less again where the model is unsure."""

    def detail_of(arousal: float, std: float) -> float:
        said = [estimate(arousal, 0.3, std=std)]
        return detail(rehearse(page, look, said, fps=5, seconds=10, size=(320, 180))[1])

    excited, calm, unsure = detail_of(0.6, 0.1), detail_of(-0.6, 0.1), detail_of(0.6, 0.45)
    print(f"{look}: excited {excited:.4f}, calm {calm:.4f}, unsure {unsure:.4f}")
    assert excited > 1.5 * calm
    assert unsure < 0.8 * excited


@pytest.mark.parametrize("look", LOOKS)
def test_excitement_moves_and_calm_mode_rests(page: Page, look: str) -> None:
    """What changes from frame to frame grows with arousal, and is little in calm mode."""

    def motion(arousal: float, calm: bool = False) -> float:
        said = [estimate(arousal, 0.3)]
        luminance, _ = rehearse(page, look, said, fps=10, seconds=10, calm=calm)
        return float(np.abs(np.diff(luminance[-40:], axis=0)).mean() / luminance.mean())

    excited, low, still = motion(0.6), motion(-0.6), motion(0.6, calm=True)
    print(f"{look}: excited {excited:.4f}, calm music {low:.4f}, calm mode {still:.4f}")
    assert excited > 3 * low
    assert still < 0.5 * excited


def test_the_picture_does_not_depend_on_the_frame_rate(page: Page) -> None:
    """A machine that draws 10 frames a second is where one that draws 60 is, at the same time."""
    said = [estimate(0.5, 0.5), estimate(-0.4, -0.2)]
    slow, fast = (rehearse(page, "ink", said, fps=fps, seconds=4)[0][-1] for fps in (10, 60))
    assert np.abs(slow - fast).max() < 0.04


def test_springs_arrive_without_swinging_over(page: Page) -> None:
    """However time is cut into frames, a spring is at the same place, and never beyond its aim."""
    found = page.evaluate(
        """async () => {
          const { Spring } = await import("/stage/spring.js");
          return [1, 2, 3, 10, 100, 1000].map((pieces) => {
            const spring = new Spring(0);
            let most = 0;
            for (let i = 0; i < pieces; i += 1) {
              most = Math.max(most, spring.step(1, 3, 1 / pieces));
            }
            return [spring.value, spring.speed, most];
          });
        }"""
    )
    values = np.array(found)
    exact = 1 - (1 + 3) * np.exp(-3)
    assert values[:, 0] == pytest.approx(np.full(6, exact), abs=1e-9)
    assert values[:, 1] == pytest.approx(np.full(6, 9 * np.exp(-3)), abs=1e-9)
    assert (values[:, 2] <= 1).all()


# A machine that takes costMs and nsPerPixel for a frame and shows it at the display's next one.
MACHINE = """async ([pixels, displayMs, costMs, nsPerPixel, seconds, better]) => {
  const { Quality } = await import("/stage/quality.js");
  const quality = new Quality(pixels, displayMs);
  const seen = [];
  for (let ms = 0; ms < 1000 * seconds;) {
    const improved = better && ms > 500 * seconds;
    const needed = (improved ? better : 1) * (costMs + (nsPerPixel * quality.pixels) / 1e6);
    const shown = Math.max(quality.targetMs, Math.ceil(needed / displayMs) * displayMs);
    // One frame in fifty is late for reasons of its own.
    const late = seen.length % 50 === 49 ? displayMs : 0;
    ms += shown + late;
    quality.frame(shown + late);
    seen.push([ms, quality.pixels, quality.divisor, shown]);
  }
  return seen;
}"""


def machine(
    page: Page,
    *,
    pixels: int = 1920 * 1080,
    display_hz: float = 60,
    cost_ms: float = 2,
    ns_per_pixel: float,
    seconds: float = 120,
    better: float = 0,
) -> np.ndarray:
    """How a machine fares: ``[frames, (ms, pixels, divisor, ms shown)]``."""
    said = [pixels, 1000 / display_hz, cost_ms, ns_per_pixel, seconds, better]
    return np.array(page.evaluate(MACHINE, said))


def changes(run: np.ndarray) -> int:
    """How often the quality changed."""
    return int(np.count_nonzero(np.diff(run[:, 1:3], axis=0).any(axis=1)))


def test_a_strong_machine_draws_every_pixel_within_seconds(page: Page) -> None:
    """It begins with fewer, is at the screen's own number soon, and stays there."""
    run = machine(page, ns_per_pixel=1)
    assert run[0, 1] < 1920 * 1080
    assert (run[run[:, 0] > 8000, 1] == 1920 * 1080).all()
    assert (run[:, 2] == 1).all()
    assert changes(run) <= 3


def test_a_weak_machine_gives_up_pixels_before_frames(page: Page) -> None:
    """It settles on what it can draw in time, tries for more ever more seldom, and shows 60."""
    run = machine(page, ns_per_pixel=30, seconds=300)
    settled = run[run[:, 0] > 30_000]
    assert (run[:, 2] == 1).all()
    rate = 1000 * len(settled) / (settled[-1, 0] - settled[0, 0])
    assert rate > 50
    fits = (1000 / 60 - 2) / 30e-6
    middle = np.median(settled[:, 1])
    assert fits / 1.5 < middle <= fits
    late = run[run[:, 0] > 150_000]
    print(f"{rate:.1f} frames/s, {middle:.0f} pixels, {changes(settled)}, {changes(late)} changes")
    assert changes(late) <= 6


def test_a_very_weak_machine_then_gives_up_frames(page: Page) -> None:
    """With no pixels left to give up it draws every second, third or fourth frame, evenly."""
    run = machine(page, cost_ms=30, ns_per_pixel=100, seconds=120)
    settled = run[run[:, 0] > 30_000]
    assert settled[:, 1].max() < 0.05 * 1920 * 1080
    assert np.median(settled[:, 2]) in (3, 4)
    assert np.median(settled[:, 3]) == pytest.approx(np.median(settled[:, 2]) * 1000 / 60)
    hopeless = machine(page, cost_ms=500, ns_per_pixel=100, seconds=60)
    assert hopeless[-1, 2] == 4


def test_a_machine_that_others_hold_up_gives_up_no_frame_for_nothing(page: Page) -> None:
    """Where every third frame comes late whatever is drawn, fewer frames would come as late."""
    found = page.evaluate(
        """async () => {
          const { Quality } = await import("/stage/quality.js");
          const quality = new Quality(1920 * 1080);
          const seen = [];
          for (let i = 0; i < 4000; i += 1) {
            quality.frame(Math.max(quality.targetMs, 1000 / 60) + (i % 3 ? 0 : 33.4));
            seen.push([quality.divisor, quality.coarsest]);
          }
          return seen;
        }"""
    )
    assert {divisor for divisor, _ in found} == {1}
    assert found[-1][1], "pixels are given up, in case it helps"


def test_a_machine_that_recovers_is_used_again(page: Page) -> None:
    """When the load is gone, frames come back first and then pixels."""
    run = machine(page, cost_ms=30, ns_per_pixel=100, seconds=240, better=0.01)
    assert run[-1, 1] == 1920 * 1080
    assert run[-1, 2] == 1
    after = run[run[:, 0] > 120_000]
    all_frames = after[np.argmax(after[:, 2] == 1), 0]
    all_pixels = after[np.argmax(after[:, 1] == 1920 * 1080), 0]
    assert all_frames < all_pixels


@pytest.mark.parametrize("display_hz", [24, 30, 50, 60, 75])
def test_a_slow_display_is_not_taken_for_a_slow_machine(page: Page, display_hz: float) -> None:
    """Every frame of the display is drawn, with every pixel."""
    run = machine(page, display_hz=display_hz, ns_per_pixel=1, seconds=30)
    assert run[-1, 1] == 1920 * 1080
    assert run[-1, 2] == 1
    assert np.median(run[:, 3]) == pytest.approx(1000 / display_hz)


@pytest.mark.parametrize(("display_hz", "drawn_hz"), [(120, 60), (144, 72), (240, 60)])
def test_a_fast_display_gets_about_sixty(page: Page, display_hz: float, drawn_hz: float) -> None:
    """More than that is heat and noise from a fan."""
    run = machine(page, display_hz=display_hz, ns_per_pixel=1, seconds=30)
    assert 1000 / np.median(run[:, 3]) == pytest.approx(drawn_hz)


def test_a_screen_of_another_size_keeps_the_number_of_pixels(page: Page) -> None:
    """What the machine can draw does not change when the window does."""
    found = page.evaluate(
        """async () => {
          const { Quality, FINEST_PIXELS } = await import("/stage/quality.js");
          const weak = new Quality(1920 * 1080);
          for (let i = 0; i < 50; i += 1) weak.frame(40);
          const before = weak.pixels;
          weak.resize(3840 * 2160);
          const strong = new Quality(1280 * 720);
          strong.rung = 0;
          strong.resize(1920 * 1080);
          const huge = new Quality(7680 * 4320);
          huge.rung = 0;
          return [before, weak.pixels, strong.pixels, huge.pixels / FINEST_PIXELS];
        }"""
    )
    before, after, strong, huge = found
    assert 0.6 * before < after <= 1.01 * before
    assert strong == 1920 * 1080
    assert huge == 1


def test_the_rate_of_the_display_is_found_on_a_busy_machine(page: Page) -> None:
    """Half of the frames missing or late does not make 60 hertz look like less."""
    find = """async (intervals) =>
      1000 / (await import("/stage/quality.js")).displayPeriod(intervals)"""
    rng = np.random.default_rng(5)
    for hertz in (24, 30, 50, 60, 120, 144):
        period = 1000 / hertz
        missing = rng.choice([1, 1, 1, 2, 3, 5], size=20)
        intervals = period * missing + rng.normal(0, 0.2, 20)
        assert page.evaluate(find, intervals.tolist()) == pytest.approx(hertz), hertz
    assert page.evaluate(find, []) == pytest.approx(60)


def test_the_address_goes_before_what_was_saved(page: Page) -> None:
    """Each choice is read from the address, else from what was saved, else as it comes."""
    read = """async ([search, saved]) =>
      (await import("/stage/choice.js")).readChoice(search, saved)"""
    plain = {"look": "aurora", "words": False, "calm": None}
    saved = '{"look": "ink", "words": true, "calm": true}'
    for search, stored, expected in (
        ("", None, plain),
        ("", saved, {"look": "ink", "words": True, "calm": True}),
        ("?look=lattice&words=0&calm=0", saved, {"look": "lattice", "words": False, "calm": False}),
        ("?look=nonsense", None, plain),
        ("?look=nonsense", saved, {"look": "ink", "words": True, "calm": True}),
        ("?words&calm", None, {"look": "aurora", "words": True, "calm": True}),
        ("", "not JSON", plain),
        ("", '{"look": 3, "words": 1, "calm": "yes"}', plain),
        ("", "null", plain),
    ):
        assert page.evaluate(read, [search, stored]) == expected, (search, stored)


def test_the_colours_are_the_dashboards(page: Page) -> None:
    """The body of the picture has the hue of the dashboard's point, all round the circle."""
    found = page.evaluate(
        """async () => {
          const { lch } = await import("/palette.js");
          const { scheme } = await import("/stage/scheme.js");
          return [...Array(16).keys()].map((k) => {
            const [v, a] = [0.6 * Math.cos((k * Math.PI) / 8), 0.6 * Math.sin((k * Math.PI) / 8)];
            const [, x, y] = scheme(v, a)[2];
            return [lch(v, a)[2], (Math.atan2(y, x) * 180) / Math.PI];
          });
        }"""
    )
    for dashboard, stage in found:
        assert abs((dashboard - stage + 180) % 360 - 180) < 1
