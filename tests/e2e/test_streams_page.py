"""Several streams on the page: a card for each, and each alone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from support.browser import chromium, number, page_of
from support.estimates import make_estimate, make_status
from support.web import hello, until, web_sink

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.sinks.web import WebSink

pytestmark = pytest.mark.e2e

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
DESK = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this file."""
    with chromium() as running:
        yield running


def at(k: int, stream: int) -> Estimate:
    """The k-th estimate of a channel: each goes its own way, every sixth is silent."""
    turn = k / 20 + 0.8 * stream
    return replace(
        make_estimate(k),
        mean=(0.6 * math.sin(turn), 0.6 * math.cos(0.8 * turn + stream)),
        level_db=-20 - 10 * math.sin(3 * turn),
        active=stream % 6 != 5,
        stream=stream,
    )


def publish(sink: WebSink, streams: int, first: int, count: int) -> None:
    """Publish some steps of every channel."""
    for k in range(first, first + count):
        for stream in range(1, streams + 1):
            sink.publish(at(k, stream))
    sink.report(make_status(sequence=first + count - 1, channels=streams))


def names(streams: int) -> list[tuple[int, str]]:
    """What the channels are called."""
    return [(k, f"Channel {k}") for k in range(1, streams + 1)]


def shown(page: Page, stream: int) -> tuple[float, float, str]:
    """Arousal, valence and word on a card; NaN before there are any."""
    card = page.locator(".stream").nth(stream - 1)
    values = card.locator(".figure output").all_inner_texts()
    arousal, valence = (number(text) if text != "–" else math.nan for text in values)
    return arousal, valence, card.locator(".mood").inner_text()


@pytest.mark.parametrize("streams", [2, 16])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_every_stream_has_a_card_with_what_was_sent(
    browser: Browser, streams: int, screen: dict[str, int]
) -> None:
    """Names, values and words are those of the last estimates; nothing is cut off sideways."""
    ARTIFACTS.mkdir(exist_ok=True)
    with (
        web_sink(hello=hello(streams=names(streams), channels=streams)) as sink,
        page_of(browser, sink.url, viewport=screen, color_scheme="dark") as (page, seen),
    ):
        page.wait_for_selector(".stream")
        publish(sink, streams, 0, 20)
        for stream in (1, streams):
            last = at(19, stream)
            expected = (last.arousal, last.valence)
            until(lambda s=stream, e=expected: shown(page, s)[:2] == pytest.approx(e, abs=0.006))
            assert shown(page, stream)[2] == mood(last.arousal, last.valence)
        if streams == 16:
            assert shown(page, 5)[2] == "silence"
        assert page.locator(".stream").count() == streams
        boxes = [box.bounding_box() for box in page.locator(".stream").all()]
        for box in boxes:
            assert box is not None
            assert box["width"] >= 220
            assert box["height"] >= 110
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= screen["width"]
        if screen is DESK:
            lowest = max(box["y"] + box["height"] for box in boxes if box)
            assert lowest <= screen["height"], "all of them are in sight at once"
        page.screenshot(path=ARTIFACTS / f"streams_{streams}_{screen['width']}.png")
        assert seen.complaints == []


def test_one_stream_fills_the_page_and_goes_back(browser: Browser) -> None:
    """A card that is chosen shows its own values, past and downloads; Escape shows all again."""
    with (
        web_sink(hello=hello(streams=names(4), channels=4)) as sink,
        page_of(browser, sink.url, viewport=DESK) as (page, seen),
    ):
        page.wait_for_selector(".stream")
        publish(sink, 4, 0, 20)
        until(lambda: not math.isnan(shown(page, 4)[0]))
        page.locator(".stream").nth(2).click()

        def value() -> float:
            return number(page.locator("#arousal").inner_text().replace("–", "nan"))

        until(lambda: value() == pytest.approx(at(19, 3).arousal, abs=0.006))
        assert "Channel 3" in page.locator("#source").inner_text()
        assert page.locator("#take_csv").get_attribute("href") == "history.csv?stream=3"
        publish(sink, 4, 20, 1)
        until(lambda: value() == pytest.approx(at(20, 3).arousal, abs=0.006))
        page.keyboard.press("Escape")
        until(lambda: page.locator(".stream").first.is_visible())
        assert not page.locator("main").is_visible()
        until(lambda: shown(page, 1)[0] == pytest.approx(at(20, 1).arousal, abs=0.006))
        assert seen.complaints == []


def test_the_stage_follows_one_of_them(browser: Browser) -> None:
    """It paints the stream that is asked for, or the first, and no mixture."""
    loud = {1: (0.8, 0.0), 2: (-0.8, 0.0)}
    steps = itertools.count()
    with web_sink(hello=hello(streams=names(2))) as sink:
        for query, expected in (("", 0.8), ("?stream=2", -0.8)):
            with page_of(browser, f"{sink.url}stage{query}") as (page, _):
                page.wait_for_selector("#picture")

                def follows(page: Page = page, expected: float = expected) -> bool:
                    k = next(steps)
                    for stream, mean in loud.items():
                        sink.publish(replace(make_estimate(k), mean=mean, stream=stream))
                    page.wait_for_timeout(100)
                    arousal = float(page.evaluate("window.stage.statistics().arousal"))
                    return abs(arousal - expected) < 0.3

                until(follows, 30.0)
