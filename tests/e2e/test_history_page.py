"""The history of the set in a real browser: scrolled back, marked, and taken home whole."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium, page_of
from support.program import free_port, running
from support.web import get, until, web_sink

from realtime_mer.estimate import STEP_S, Estimate
from realtime_mer.recording_file import read_recording
from realtime_mer.sinks.web import WebSink

pytestmark = pytest.mark.e2e

DESK = {"width": 1600, "height": 900}
COUNT = 3600  # half an hour


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this file."""
    with chromium() as running_browser:
        yield running_browser


def later(k: int) -> Estimate:
    """Calm and pleasant for a quarter of an hour, then excited and unpleasant; two marks."""
    way = 1.0 if k >= COUNT // 2 else -1.0
    return Estimate(
        sequence=k,
        time_s=(k + 1) * STEP_S,
        dimensions=("arousal", "valence"),
        mean=(0.6 * way + 0.05 * math.sin(k / 9), -0.6 * way),
        std=(0.1, 0.1),
        level_db=-20.0,
        active=True,
        marks=("chorus",) if k == 600 else ("solo, of “Anna”",) if k == 3500 else (),
    )


def fill(sink: WebSink) -> None:
    """Publish half an hour, no faster than the sink hands it over."""
    for k in range(COUNT):
        sink.publish(later(k))
        if k % 200 == 199:
            until(lambda due=k + 1: f'"estimates": {due}'.encode() in get(sink, "/healthz")[2])


def value(page: Page, name: str) -> float:
    """A number of the strip, which is a slider."""
    return float(page.locator("#strip").get_attribute(name) or "nan")


def hue(page: Page, name: str) -> float:
    """Whether a canvas is rather red (above 0) or rather green and blue (below)."""
    from base64 import b64decode

    url = page.locator(f"#{name}").evaluate("(canvas) => canvas.toDataURL()")
    with Image.open(io.BytesIO(b64decode(url.partition(",")[2]))) as image:
        pixels = np.asarray(image.convert("RGBA")).astype(float)
    coloured = (pixels[..., :3].max(-1) - pixels[..., :3].min(-1) > 60) & (pixels[..., 3] > 200)
    assert coloured.any()
    return float((pixels[coloured][:, 0] - pixels[coloured][:, 1]).mean())


def test_the_set_can_be_scrolled_back(browser: Browser) -> None:
    """Keys, strip, drag and wheel reach what was half an hour ago; End comes back to now."""
    with web_sink() as sink:
        fill(sink)
        with page_of(browser, sink.url, viewport=DESK, color_scheme="dark") as (page, seen):
            until(lambda: value(page, "aria-valuemax") == COUNT * STEP_S)
            live = page.get_by_role("button", name="Back to now")
            expect(live).to_be_hidden()
            page.wait_for_timeout(300)
            assert hue(page, "arousal_curve") > 20  # the last minutes are tense
            strip = page.locator("#strip")
            box = strip.bounding_box()
            assert box is not None
            strip.click(position={"x": box["width"] * 0.25, "y": box["height"] / 3})
            expect(live).to_be_visible()
            until(lambda: abs(value(page, "aria-valuenow") - 0.25 * COUNT * STEP_S) < 120)
            page.wait_for_timeout(200)
            assert hue(page, "arousal_curve") < -20  # and this was calm
            there = value(page, "aria-valuenow")
            curve = page.locator("#arousal_curve").bounding_box()
            assert curve is not None
            middle = (curve["x"] + curve["width"] / 2, curve["y"] + curve["height"] / 2)
            page.mouse.move(*middle)
            page.mouse.down()
            page.mouse.move(middle[0] + curve["width"] / 4, middle[1], steps=5)
            page.mouse.up()
            until(lambda: 20 < there - value(page, "aria-valuenow") < 40)  # a quarter of 120 s
            page.mouse.wheel(0, 3000)
            page.wait_for_timeout(300)
            strip.focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("End")
            expect(live).to_be_hidden()
            expect(strip).to_have_attribute("aria-valuetext", "now")
            sink.publish(later(COUNT))
            until(lambda: value(page, "aria-valuemax") == (COUNT + 1) * STEP_S)
            assert seen.complaints == []


def test_downloads_are_whole(browser: Browser, tmp_path: Path) -> None:
    """CSV, JSON and PNG, with a token, hold the whole set, and our own reader takes the CSV."""
    with web_sink(token="open sesame") as sink:
        fill(sink)
        url = sink.url + "?token=open%20sesame"
        with page_of(browser, url, viewport=DESK, accept_downloads=True) as (page, seen):
            until(lambda: value(page, "aria-valuemax") == COUNT * STEP_S)
            taken = {}
            for name in ("CSV", "JSON", "PNG"):
                with page.expect_download() as download:
                    page.locator(".takes").get_by_text(name, exact=True).click()
                assert download.value.suggested_filename.startswith("set-")
                taken[name] = tmp_path / f"set.{name.lower()}"
                download.value.save_as(taken[name])
            assert seen.complaints == []
    rows = list(csv.DictReader(taken["CSV"].open(newline="")))
    assert [float(row["time_s"]) for row in rows] == [STEP_S * (k + 1) for k in range(COUNT)]
    assert float(rows[700]["arousal"]) == pytest.approx(later(700).arousal, abs=1e-6)
    assert len(read_recording(taken["CSV"]).estimates) == COUNT
    said = json.loads(taken["JSON"].read_text())
    assert said["columns"]["sequence"] == list(range(COUNT))
    assert [mark["label"] for mark in said["marks"]] == ["chorus", "solo, of “Anna”"]
    assert said["columns"]["valence"][3000] == pytest.approx(later(3000).valence, abs=1e-6)
    with Image.open(taken["PNG"]) as image:
        image.load()
        assert image.size[0] == 2800
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 200


def test_a_mark_by_its_key_is_in_the_history(browser: Browser, tmp_path: Path) -> None:
    """m marks on the page of this machine; the mark is in the file and there after reloading."""
    port = free_port()
    arguments = ["--device", "demo", "--no-osc", "--no-announce", "--config", "none",
                 "--web", f"127.0.0.1:{port}"]  # fmt: skip
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}
    with running(tmp_path, *arguments, environment=environment) as program:
        until(lambda: "arousal" in program.output(), 60)
        url = f"http://127.0.0.1:{port}/"
        with page_of(browser, url, viewport=DESK) as (page, seen):
            page.wait_for_selector("body[data-link=open]")
            expect(page.locator("#controls")).to_be_visible()
            page.keyboard.press("m")
            expect(page.locator("#state")).to_have_text("marked")
            marks: list[object] = []
            deadline = time.monotonic() + 10
            while not marks and time.monotonic() < deadline:
                marks = page.request.get(url + "history.json").json()["marks"]
                page.wait_for_timeout(200)
            assert len(marks) == 1
            page.reload()
            page.keyboard.press("c")
            page.wait_for_selector("body[data-link=open]")
            expect(page.locator("#mark_list li")).to_have_count(1)
            assert seen.complaints == []


def test_a_new_stream_begins_a_new_history(browser: Browser) -> None:
    """When the sequence falls back the old set is gone from the strip."""
    with web_sink() as sink:
        fill(sink)
        with page_of(browser, sink.url, viewport=DESK) as (page, _):
            until(lambda: value(page, "aria-valuemax") == COUNT * STEP_S)
            sink.publish(replace(later(0), sequence=0))
            until(lambda: value(page, "aria-valuemax") == STEP_S)
