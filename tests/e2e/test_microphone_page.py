"""This device's microphone on the page: from Chromium's (fake) microphone to the values shown."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page
from support.browser import chromium, number, page_of
from support.certificate import make_pair
from support.program import Program, free_port, running
from support.web import until

from realtime_mer.tracker import Tracker

pytestmark = [pytest.mark.e2e, pytest.mark.data]

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
SECONDS = 12
RATE_HZ = 48_000
NAME = "stage.local"
"""A name of the network, which leads to this machine: no secure context without https."""


@pytest.fixture(scope="module")
def song(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of rock in mono; Chromium plays it into its microphone again and again."""
    path = tmp_path_factory.mktemp("song") / "song.wav"
    source = shared_data / "emotify" / "audio" / "rock_001.opus"
    command = ["ffmpeg", "-v", "error", "-i", source, "-t", str(SECONDS)]
    subprocess.run([*command, "-ar", str(RATE_HZ), "-ac", "1", path], check=True)
    return path


@pytest.fixture(scope="module")
def browser(song: Path) -> Iterator[Browser]:
    """A Chromium whose microphone hears the song, and which gives it to whoever asks."""
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={song}",
        "--autoplay-policy=no-user-gesture-required",
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
    ) as running_browser:
        yield running_browser


@contextmanager
def program(
    folder: Path, *arguments: str, host: str = "127.0.0.1"
) -> Iterator[tuple[Program, str]]:
    """The program with a page, which is there."""
    port = free_port()
    with running(folder, *arguments, "--web", f"{host}:{port}", "--config", "none") as started:
        until(lambda: answers(port), 60.0)
        yield started, f"http://127.0.0.1:{port}/"


def answers(port: int) -> bool:
    """Whether somebody is there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def shown(page: Page) -> tuple[float, float] | None:
    """Arousal and valence as the page shows them, or None before there are any."""
    texts = [page.locator(f"#{name}").inner_text() for name in ("arousal", "valence")]
    return None if "–" in texts else (number(texts[0]), number(texts[1]))


def expected(song: Path) -> np.ndarray:
    """Everything a tracker says of the song, played twice."""
    samples, rate_hz = soundfile.read(song, dtype="float32")
    said = Tracker(rate_hz).feed(np.concatenate([samples, samples]))
    return np.array([(e.arousal, e.valence) for e in said])


def test_serve_gives_a_page_what_its_microphone_feels_like(
    tmp_path: Path, browser: Browser, song: Path
) -> None:
    """One button; then word, values and level are those of the song, and it can be ended."""
    with (
        program(tmp_path, "serve") as (_, url),
        page_of(browser, url, viewport={"width": 1280, "height": 800}) as (page, seen),
    ):
        page.locator("#way_in_start").wait_for()
        assert page.locator("#state").inner_text() == "ready"
        assert not page.locator("main").is_visible()
        page.screenshot(path=ARTIFACTS / "way_in.png")
        page.locator("#way_in_start").click()
        until(lambda: shown(page) is not None, 30.0)
        until(lambda: page.locator("#state").inner_text() == "live", 30.0)
        assert "Hz mono" in page.locator("#details").inner_text()
        values = set()
        for _ in range(40):
            values.add(shown(page))
            page.wait_for_timeout(150)
        page.screenshot(path=ARTIFACTS / "microphone.png")
        assert len(values) >= 5, "it moves with the music"
        # The browser begins somewhere in the song, so the steps are cut elsewhere.
        curve = expected(song)
        low, high = curve.min(axis=0) - 0.12, curve.max(axis=0) + 0.12
        points = np.array([value for value in values if value is not None])[-8:]
        assert np.all((points >= low) & (points <= high)), (points, low, high)
        assert number(page.locator("#level").inner_text()) > -40
        page.locator("#microphone").click()
        page.locator("#way_in_start").wait_for()
        assert not page.locator("main").is_visible()
        assert seen.complaints_of_its_own() == []


def test_a_live_run_lends_its_page_too(tmp_path: Path, browser: Browser) -> None:
    """Beside the tracker's own input, which comes back when the microphone is ended."""
    with (
        program(tmp_path, "--device", "demo", "--no-osc", "--quiet") as (_, url),
        page_of(browser, url, viewport={"width": 390, "height": 844}) as (page, seen),
    ):
        until(lambda: shown(page) is not None, 30.0)
        details = page.locator("#details")
        assert "44.1 kHz stereo" in details.inner_text()
        page.locator("#microphone").click()
        until(lambda: "Hz mono" in details.inner_text(), 30.0)
        until(lambda: page.locator("#state").inner_text() == "live", 30.0)
        assert page.locator("#microphone").get_attribute("aria-pressed") == "true"
        assert not page.locator("#controls").is_visible()
        page.locator("#microphone").click()
        until(lambda: "44.1 kHz stereo" in details.inner_text(), 30.0)
        until(lambda: page.locator("#controls").is_visible(), 30.0)
        assert seen.complaints_of_its_own() == []


def test_what_stands_in_the_way_is_said(tmp_path: Path, browser: Browser) -> None:
    """Where it is full, and over plain http under a name of the network, a sentence says so."""
    arguments = ("serve", "--streams", "1", "--insecure")
    with program(tmp_path, *arguments, host="0.0.0.0") as (_, url):
        with page_of(browser, url) as (first, _), page_of(browser, url) as (second, _):
            first.locator("#way_in_start").click()
            until(lambda: shown(first) is not None, 30.0)
            second.locator("#way_in_start").click()
            said = second.locator("#way_in_said")
            until(lambda: "takes no sound just now" in said.inner_text(), 30.0)
        with page_of(browser, url.replace("127.0.0.1", NAME)) as (page, _):
            about = page.locator("#way_in_about")
            until(lambda: "https" in about.inner_text(), 30.0)
            assert page.locator("#way_in_start").is_disabled()
            page.screenshot(path=ARTIFACTS / "way_in_insecure.png")


def test_a_network_that_is_too_slow_is_told(tmp_path: Path, browser: Browser) -> None:
    """What has waited too long is left out and counted, not heard later and later."""
    with program(tmp_path, "serve") as (_, url), page_of(browser, url) as (page, _):
        page.add_init_script(
            "Object.defineProperty(WebSocket.prototype, 'bufferedAmount', { get: () => 1e9 })"
        )
        page.reload()
        page.locator("#way_in_start").click()
        said = page.locator("#microphone_said")
        until(
            lambda: re.search(r"too slow: \d+\.\d s of sound were left out", said.inner_text()), 30
        )
        assert shown(page) is None


def test_by_https_the_microphone_is_given_under_any_name(tmp_path: Path, browser: Browser) -> None:
    """As on a phone: a certificate and a token, and the page under the stage machine's name."""
    pair = make_pair(tmp_path)
    arguments = ("serve", "--tls-cert", str(pair.certificate), "--tls-key", str(pair.key))
    with program(tmp_path, *arguments, "--token", "word", host="0.0.0.0") as (_, url):
        address = url.replace("127.0.0.1", NAME).replace("http:", "https:") + "?token=word"
        options = {"ignore_https_errors": True, "viewport": {"width": 390, "height": 844}}
        with page_of(browser, address, **options) as (page, seen):
            page.locator("#way_in_start").click()
            until(lambda: shown(page) is not None, 30.0)
            until(lambda: page.locator("#state").inner_text() == "live", 30.0)
            page.screenshot(path=ARTIFACTS / "microphone_phone.png")
            assert seen.complaints_of_its_own() == []
