"""The dashboard in a real browser: it shows what is sent, and goes on when that stops."""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from support.browser import chromium, number, page_of
from support.estimates import make_status
from support.program import OscReceiver, free_port, running
from support.web import hello, until, web_sink

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.mood import SECTORS, mood
from realtime_mer.sinks.web import WebSink

pytestmark = pytest.mark.e2e

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
DESK = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
SHOWN = 0.005 + 1e-9  # two decimals


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this file; each opens pages in a profile of its own."""
    with chromium() as running:
        yield running


def moving(k: int) -> Estimate:
    """The k-th estimate of a slow walk through all four quadrants, with a rest in it."""
    turn = k / 26
    return Estimate(
        sequence=k,
        time_s=(k + 1) * STEP_S,
        dimensions=("arousal", "valence"),
        mean=(
            0.55 * math.sin(turn) + 0.1 * math.sin(2.7 * turn),
            0.6 * math.cos(0.8 * turn) + 0.08 * math.cos(3.1 * turn),
        ),
        std=(0.16 + 0.04 * math.sin(1.7 * turn), 0.2 + 0.05 * math.cos(1.3 * turn)),
        level_db=-19 + 8 * math.sin(turn) + 2 * math.sin(9 * turn),
        active=not 90 <= k < 104,
    )


def fixed(
    arousal: float, valence: float, sequence: int = 0, *, level_db: float = -23.4
) -> Estimate:
    """An estimate with values a test can name."""
    return Estimate(
        sequence=sequence,
        time_s=(sequence + 1) * STEP_S,
        dimensions=("arousal", "valence"),
        mean=(arousal, valence),
        std=(0.123, 0.234),
        level_db=level_db,
        active=True,
    )


def text(page: Page, name: str) -> str:
    """The text of an element, by its id."""
    return page.locator(f"#{name}").inner_text()


def shows(page: Page, estimate: Estimate) -> bool:
    """Whether the page shows exactly this estimate, within the digits it writes."""
    if not text(page, "arousal").strip("–"):
        return False
    close = (
        abs(number(text(page, "arousal")) - estimate.arousal) <= SHOWN
        and abs(number(text(page, "valence")) - estimate.valence) <= SHOWN
        and abs(number(text(page, "arousal_std")) - estimate.arousal_std) <= SHOWN
        and abs(number(text(page, "valence_std")) - estimate.valence_std) <= SHOWN
        and abs(number(text(page, "level")) - estimate.level_db) <= 0.05 + 1e-9
    )
    return close and text(page, "word") == mood(estimate.arousal, estimate.valence)


def publish(sink: WebSink, page: Page, estimates: list[Estimate]) -> None:
    """Publish and give the page the time to draw."""
    for estimate in estimates:
        sink.publish(estimate)
        page.wait_for_timeout(30)


def pixels(page: Page, name: str) -> np.ndarray:
    """The canvas as ``[rows, columns, 4]``, 0 to 255."""
    url = page.evaluate("(name) => document.getElementById(name).toDataURL()", name)
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGBA"))


def colourful(image: np.ndarray) -> np.ndarray:
    """Where a picture has colour rather than grey: the drawn values, not grid or text."""
    rgb = image[..., :3].astype(int)
    return (rgb.max(-1) - rgb.min(-1) > 60) & (image[..., 3] > 60)


def test_it_shows_what_was_sent(browser: Browser) -> None:
    """Numbers, word, level and details are those of the last messages, without a complaint."""
    ARTIFACTS.mkdir(exist_ok=True)
    with (
        web_sink() as sink,
        page_of(browser, sink.url, viewport=DESK, color_scheme="dark") as (page, seen),
    ):
        page.wait_for_selector("body[data-link=open]")
        assert text(page, "word") == "listening"
        assert text(page, "state") == "waiting for sound"
        for k, (arousal, valence) in enumerate([(0.6212, 0.481), (-0.3779, 0.5), (-0.004, -0.91)]):
            estimate = fixed(arousal, valence, k)
            sink.publish(estimate)
            until(lambda estimate=estimate: shows(page, estimate))
        assert text(page, "state") == "live"
        assert page.title() == "gloomy · realtime-mer"
        assert page.locator("#meter").get_attribute("aria-valuenow") == "-23.4"
        sink.report(make_status(drops=3, web_clients=7, rate_hz=44_100, time_s=3725.5))
        until(lambda: "1:02:05" in text(page, "details"))
        shown = text(page, "details").split("\n")
        details = dict(zip(shown[::2], shown[1::2], strict=True))
        expected = {
            "Device": "Scarlett 2i2 USB",
            "Input": "44.1 kHz stereo",
            "Model": "tiny",
            "Runs on": "CPU",
            "OSC": "127.0.0.1:9000",
            "Clients": "7",
            "Drops": "3",
            "Time": "1:02:05",
            "Version": "0.1.0",
        }
        assert expected.items() <= details.items()
        assert details["Round trip"].endswith(" ms")
        assert seen.complaints == []
        assert all(
            address.startswith((sink.url, sink.url.replace("http", "ws", 1)))
            for address in seen.addresses
        )
        assert any(address.endswith("/ws") for address in seen.addresses)
        assert not any(address.endswith("favicon.ico") for address in seen.addresses)


def test_the_past_shows_at_once(browser: Browser) -> None:
    """A page opened late has curves and trail of the time before; one opened early grows them."""
    with web_sink() as sink:
        for k in range(100, 300):
            sink.publish(moving(k))
        with page_of(browser, sink.url, viewport=DESK, color_scheme="dark") as (page, seen):
            until(lambda: shows(page, moving(299)))
            page.wait_for_timeout(300)
            spans = {}
            for name in ("arousal_curve", "valence_curve"):
                columns = np.flatnonzero(colourful(pixels(page, name)).any(axis=0))
                spans[name] = (columns.max() - columns.min()) / pixels(page, name).shape[1]
            # 200 estimates are 100 s of the 120 s shown.
            assert all(0.6 < span < 0.9 for span in spans.values()), spans
            with_trail = pixels(page, "plane")
            assert seen.complaints == []
    with (
        web_sink() as sink,
        page_of(browser, sink.url, viewport=DESK, color_scheme="dark") as (page, seen),
    ):
        sink.publish(moving(299))
        until(lambda: shows(page, moving(299)))
        page.wait_for_timeout(300)
        for name in ("arousal_curve", "valence_curve"):
            assert 0 < np.count_nonzero(colourful(pixels(page, name)).any(axis=0)) < 30
        without = pixels(page, "plane")
        # Where the point was 20 s before, far from where it is, the trail makes the difference.
        before = moving(259)
        side = without.shape[0]
        row = round(side / 2 - before.arousal * side / 2 * 0.95)
        column = round(side / 2 + before.valence * side / 2 * 0.95)
        patch = np.s_[row - 8 : row + 9, column - 8 : column + 9, :3]
        assert with_trail[patch].max() > int(without[patch].max()) + 30
        assert without.std() > 3  # a field and its words, not one flat colour
        assert seen.complaints == []


def test_it_survives_a_restart_of_the_server(browser: Browser) -> None:
    """It says so while the server is away, comes back by itself, and begins the new stream."""
    ARTIFACTS.mkdir(exist_ok=True)
    with web_sink() as sink:
        port = sink.port
        for k in range(100):
            sink.publish(moving(k + 20))
        with page_of(browser, sink.url, viewport=DESK, color_scheme="dark") as (page, seen):
            until(lambda: shows(page, moving(119)))
            sink.close()
            until(lambda: text(page, "state") == "connecting…")
            page.wait_for_selector("body[data-link=connecting]")
            page.wait_for_timeout(1000)
            assert "comes back by itself" in text(page, "notice")
            page.screenshot(path=ARTIFACTS / "dashboard-connecting.png")
            with web_sink(port) as again:
                until(lambda: again.clients() == 1, 15)
                until(lambda: text(page, "state") == "new stream")
                assert not page.locator("#notice").is_visible()
                estimate = fixed(-0.5151, -0.4242)
                again.publish(estimate)
                until(lambda: shows(page, estimate))
                curve = colourful(pixels(page, "arousal_curve")).any(axis=0)
                assert np.count_nonzero(curve) < 30  # the old curve is gone
                for k in range(1, 20):
                    again.publish(fixed(-0.5151, -0.4242, k))
                    page.wait_for_timeout(300)
                until(lambda: text(page, "state") == "live", 1)
            assert seen.complaints_of_its_own() == []


def test_a_server_that_hangs_is_noticed(browser: Browser) -> None:
    """A connection that stays open and says nothing is given up, and made anew when it can be."""
    with web_sink() as sink, page_of(browser, sink.url) as (page, seen):
        sink.publish(fixed(0.1, 0.2))
        until(lambda: text(page, "arousal") == "+0.10")
        assert sink._loop is not None
        sink._loop.call_soon_threadsafe(time.sleep, 12)
        until(lambda: text(page, "state") == "no estimate comes", 5)
        until(lambda: text(page, "state") == "connecting…", 12)
        estimate = fixed(0.3, 0.4, 1)
        sink.publish(estimate)
        until(lambda: shows(page, estimate), 20)
        assert text(page, "state") == "live"
        assert seen.complaints_of_its_own() == []


def test_a_reset_begins_a_new_stream(browser: Browser) -> None:
    """When the sequence falls back on the same connection, the old curve goes."""
    with web_sink() as sink, page_of(browser, sink.url, viewport=DESK) as (page, seen):
        publish(sink, page, [moving(k) for k in range(150, 200)])
        until(lambda: shows(page, moving(199)))
        sink.publish(fixed(0.5, 0.5))
        until(lambda: text(page, "state") == "new stream")
        until(lambda: shows(page, fixed(0.5, 0.5)))
        assert np.count_nonzero(colourful(pixels(page, "arousal_curve")).any(axis=0)) < 30
        assert seen.complaints == []


def test_silence_and_loss_are_said(browser: Browser) -> None:
    """Silence is a state, not a mood; a lost device is named with what to do."""
    with web_sink() as sink, page_of(browser, sink.url) as (page, seen):
        sink.publish(fixed(0.5, 0.5))
        until(lambda: text(page, "word") == "joyful")
        sink.publish(replace(fixed(0.2, 0.2, 1, level_db=-120.0), active=False))
        until(lambda: text(page, "word") == "silence")
        assert text(page, "state") == "listening… silence"
        assert text(page, "level") == "−∞"
        sentence = "“Scarlett 2i2 USB” is gone: plug it in again."
        sink.report(make_status(state="lost", message=sentence))
        until(lambda: text(page, "state") == "audio device lost")
        assert text(page, "notice") == sentence
        sink.report(make_status(state="running"))
        sink.publish(fixed(-0.5, 0.5, 2))
        until(lambda: text(page, "word") == "calm")
        assert not page.locator("#notice").is_visible()
        assert seen.complaints == []


def test_the_word_is_spoken_but_not_without_end(browser: Browser) -> None:
    """A screen reader is told the first word, and not every flicker after it."""
    with web_sink() as sink, page_of(browser, sink.url) as (page, _):
        spoken = page.locator("#spoken")
        assert spoken.get_attribute("aria-live") == "polite"
        page.wait_for_selector("body[data-link=open]")
        until(lambda: spoken.inner_text() != "")
        said = spoken.inner_text()
        for k in range(10):
            sink.publish(fixed(0.5, 0.5 if k % 2 else -0.5, k))
            page.wait_for_timeout(60)
            assert spoken.inner_text() == said
        until(lambda: spoken.inner_text() in ("joyful", "tense"))


@pytest.mark.parametrize("mark", ["?", "#"])
def test_a_token_opens_the_stream_and_leaves_the_address(browser: Browser, mark: str) -> None:
    """With it the page works, links and reloading included, and nobody can read it off the bar."""
    with web_sink(token="öffne dich") as sink:
        sink.publish(fixed(0.5, 0.5))
        with page_of(browser, f"{sink.url}{mark}token=%C3%B6ffne%20dich") as (page, seen):
            until(lambda: shows(page, fixed(0.5, 0.5)))
            assert page.url == sink.url
            assert page.evaluate("history.length") <= 2
            page.reload()
            until(lambda: shows(page, fixed(0.5, 0.5)))
            assert "token" not in page.content()
            stage = page.locator("#stage")
            stage.dispatch_event("pointerdown")
            assert "token=" in stage.evaluate("(link) => link.hash")
            page.locator("#metrics").click()
            page.wait_for_url("blob:**")
            assert "realtime_mer_up" in page.content()
            assert seen.complaints == []
        with page_of(browser, sink.url) as (page, _):
            until(lambda: "token" in text(page, "notice"), 15)
            assert text(page, "arousal") == "–"


def test_keys_and_buttons_work(browser: Browser) -> None:
    """Light and dark change by key and by button, last over a reload; f fills the screen."""
    with web_sink() as sink, page_of(browser, sink.url, color_scheme="dark") as (page, seen):
        sink.publish(fixed(0.5, 0.5))
        until(lambda: text(page, "word") == "joyful")

        def lightness() -> float:
            colour = page.evaluate("getComputedStyle(document.body).color")
            return 255 - float(np.mean([float(part) for part in colour[4:-1].split(",")]))

        assert lightness() < 60  # light ink, so a dark page
        page.keyboard.press("t")
        until(lambda: lightness() > 180)
        until(lambda: pixels(page, "plane")[..., :3].mean() > 150)
        page.reload()
        until(lambda: lightness() > 180)
        until(lambda: text(page, "word") == "joyful")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "theme"
        page.keyboard.press("Enter")
        until(lambda: lightness() < 60)
        until(lambda: pixels(page, "plane")[..., :3].mean() < 80)

        def is_full_screen() -> bool:
            return bool(page.evaluate("document.fullscreenElement !== null"))

        page.keyboard.press("f")
        until(is_full_screen)
        page.keyboard.press("f")
        until(lambda: not is_full_screen())
        page.locator("#fullscreen").click()
        until(is_full_screen)
        assert seen.complaints == []


def test_stillness_is_honoured(browser: Browser) -> None:
    """Where a person asked for less motion, nothing moves between two estimates."""
    with web_sink() as sink, page_of(browser, sink.url, reduced_motion="reduce") as (page, seen):
        publish(sink, page, [moving(k) for k in range(20)])
        until(lambda: shows(page, moving(19)))
        page.wait_for_timeout(300)
        before = {name: pixels(page, name) for name in ("plane", "arousal_curve", "meter_bar")}
        page.wait_for_timeout(400)
        for name, image in before.items():
            assert np.array_equal(pixels(page, name), image), name
        sink.publish(moving(40))
        until(lambda: shows(page, moving(40)))
        page.wait_for_timeout(200)
        assert not np.array_equal(pixels(page, "plane"), before["plane"])
        assert seen.complaints == []


def test_the_point_glides(browser: Browser) -> None:
    """After a jump of the values the point passes through the middle and arrives."""
    with web_sink() as sink, page_of(browser, sink.url, viewport=DESK) as (page, _):
        sink.publish(fixed(0.0, -0.8))
        until(lambda: text(page, "valence") == "−0.80")
        page.wait_for_timeout(800)
        sink.publish(fixed(0.0, 0.8, 1))
        places: list[float] = []
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            row = pixels(page, "plane")
            row = row[row.shape[0] // 2 - 3 : row.shape[0] // 2 + 4, :, :3].min(axis=(0, 2))
            if row.max() > 235:  # the white core
                places.append(float(np.flatnonzero(row > 235).mean()) / row.size * 2 - 1)
        assert places[-1] == pytest.approx(0.8 * 0.95, abs=0.03)
        assert any(-0.6 < place < 0.6 for place in places), places


SCREENS = {
    "desk": DESK,
    "laptop": {"width": 1280, "height": 720},
    "projector": {"width": 1024, "height": 768},
    "tablet": {"width": 820, "height": 1180},
    "phone": PHONE,
    "small phone": {"width": 320, "height": 568},
    "phone on its side": {"width": 844, "height": 390},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_overlaps_on_any_screen(browser: Browser, screen: str) -> None:
    """Every word fits, no number runs into its curve, and nothing scrolls sideways."""
    viewport = SCREENS[screen]
    device = "A device with quite a long name (USB Audio, 2.0)"
    with (
        web_sink(hello=hello(device=device)) as sink,
        page_of(browser, sink.url, viewport=viewport) as (page, seen),
    ):
        for k, sector in enumerate(SECTORS):
            angle = k * math.pi / 4
            sink.publish(
                fixed(
                    0.888 * math.sin(angle),
                    0.888 * math.cos(angle),
                    k,
                    level_db=-119.9,
                )
            )
            until(lambda sector=sector: text(page, "word") == sector)
            width = page.evaluate(
                """() => {
                  const range = document.createRange();
                  range.selectNodeContents(document.getElementById("word"));
                  return range.getBoundingClientRect().right;
                }"""
            )
            assert width <= viewport["width"], sector
        overlaps = page.evaluate(
            """() => {
              const box = (element) => {
                const range = document.createRange();
                range.selectNodeContents(element);
                return range.getBoundingClientRect();
              };
              const rows = [...document.querySelectorAll(".row")]
                .filter((row) => row.offsetParent !== null);
              return rows.map((row) => {
                const graph = row.querySelector(".graph").getBoundingClientRect();
                return Math.min(...[...row.querySelectorAll("h2, .value, .spread")]
                  .map((element) => graph.left - box(element).right));
              });
            }"""
        )
        assert min(overlaps) >= 0, overlaps
        sink.publish(replace(fixed(0.0, 0.0, 9), active=False))
        until(lambda: text(page, "state") == "listening… silence")
        sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0
        plane = page.locator("#plane").bounding_box()
        assert plane is not None
        assert plane["width"] == pytest.approx(plane["height"], abs=1)
        assert plane["width"] >= 0.5 * min(viewport.values())
        assert plane["y"] + plane["height"] <= viewport["height"] + 1
        assert seen.complaints == []


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def oklab(linear: np.ndarray) -> np.ndarray:
    """Ottosson's (2020) perceptual coordinates of linear sRGB; about 0.02 is just noticeable."""
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ linear)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("dark", [True, False])
def test_the_colours_are_told_apart_by_everyone(
    browser: Browser, deficiency: str, dark: bool
) -> None:
    """The eight words' colours differ by at least two just noticeable steps for every reader."""
    with web_sink() as sink, page_of(browser, sink.url) as (page, _):
        found = page.evaluate(
            """async (dark) => {
              const { markColour } = await import("/palette.js");
              return [...Array(8).keys()].map((k) =>
                markColour(0.7 * Math.cos(k * Math.PI / 4), 0.7 * Math.sin(k * Math.PI / 4), dark));
            }""",
            dark,
        )
    encoded = np.array(found) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = [oklab(np.clip(DEFICIENCIES[deficiency] @ colour, 0, 1)) for colour in linear]
    distances = {
        (SECTORS[a], SECTORS[b]): float(np.linalg.norm(seen[a] - seen[b]))
        for a, b in itertools.combinations(range(8), 2)
    }
    closest = min(distances, key=distances.__getitem__)
    assert distances[closest] >= 0.04, (closest, distances[closest])


@pytest.mark.parametrize(
    ("name", "screen", "scheme"),
    [("dark", DESK, "dark"), ("light", DESK, "light"), ("phone", PHONE, "dark")],
)
def test_a_picture_is_kept(
    browser: Browser, name: str, screen: dict[str, int], scheme: str
) -> None:
    """Screenshots of a run in full swing are saved for whoever looks at the artefacts."""
    ARTIFACTS.mkdir(exist_ok=True)
    with web_sink() as sink:
        for k in range(240):
            sink.publish(moving(k))
        with page_of(
            browser, sink.url, viewport=screen, color_scheme=scheme, device_scale_factor=2
        ) as (page, seen):
            until(lambda: shows(page, moving(239)))
            for k in range(240, 244):
                sink.publish(moving(k))
                sink.report(make_status(sequence=k, time_s=k / 2, model="mer"))
                page.wait_for_timeout(500)
            path = ARTIFACTS / f"dashboard-{name}.png"
            page.screenshot(path=path)
            assert path.stat().st_size > 50_000
            assert seen.complaints == []


def test_the_javascript_example_runs(browser: Browser) -> None:
    """Copied from the protocol's page, it prints each estimate in a browser."""
    page_of_protocol = ARTIFACTS.parent / "docs" / "protocol.md"
    code = page_of_protocol.read_text(encoding="utf-8").partition("```js\n")[2].partition("```")[0]
    with web_sink() as sink, page_of(browser, sink.url + "favicon.svg") as (page, seen):
        lines: list[str] = []
        page.on("console", lambda message: lines.append(message.text))
        page.evaluate("(code) => { new Function(code)(); }", code.replace("8765", str(sink.port)))
        until(lambda: page.evaluate("1") and sink.clients() == 1)
        sink.publish(fixed(0.5, -0.25))
        sink.publish(replace(fixed(0.1, 0.2, 1), active=False))
        until(lambda: page.evaluate("2") and len(lines) == 2)
        assert lines == ["0.50 -0.25 tense", "0.10 0.20 silence"]
        assert seen.complaints == []


def test_the_page_agrees_with_osc(browser: Browser, tmp_path: Path) -> None:
    """The whole tracker plays its demo: page, stream and OSC say the same, estimate by estimate."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    options = ["--device", "demo", "--web", f"127.0.0.1:{port}"]
    with OscReceiver() as osc, running(tmp_path, *options, "--osc", osc.target) as program:
        osc.wait_for("/mer/arousal", 2, 30)
        streamed: dict[int, dict[str, float]] = {}

        def keep(frame: str | bytes) -> None:
            message = json.loads(frame)
            if message["type"] == "estimate":
                streamed[message["sequence"]] = message

        context = browser.new_context(viewport=DESK, color_scheme="dark")
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("websocket", lambda stream: stream.on("framereceived", keep))
        page.goto(address)
        shown: list[tuple[float, float]] = []
        while len(shown) < 8:
            page.wait_for_timeout(80)
            # Both numbers in one look, so that they are of one estimate.
            texts = page.evaluate("""["arousal", "valence"].map((name) =>
              document.getElementById(name).textContent)""")
            if "–" in texts:
                continue
            pair = (number(texts[0]), number(texts[1]))
            if not shown or shown[-1] != pair:
                shown.append(pair)
        assert page.locator("#source").inner_text() == "demo"
        page.screenshot(path=ARTIFACTS / "dashboard-demo.png")
        compared = dict(streamed)  # more may come while the page closes
        last = max(compared)
        sent = {
            name: osc.wait_for(f"/mer/{name}", last + 1, 10)
            for name in ("arousal", "valence", "arousal_std", "valence_std")
        }
        assert program.process.poll() is None
        context.close()
    assert complaints == []
    assert len(compared) >= 6
    for sequence, message in compared.items():
        for name, values in sent.items():
            assert message[name] == pytest.approx(values[sequence], rel=1e-6, abs=1e-9)
    pairs = list(zip(sent["arousal"], sent["valence"], strict=False))
    place = 0
    for arousal, valence in shown:  # in the order they were sent, each within two decimals
        while abs(pairs[place][0] - arousal) > SHOWN or abs(pairs[place][1] - valence) > SHOWN:
            place += 1
    assert len(set(pairs)) > 5, "the values must move to prove anything"
