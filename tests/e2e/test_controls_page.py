"""The controls of the page in a real browser: set, there for everybody, there again tomorrow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import Seen, chromium, page_of
from support.program import OscReceiver, Program, free_port, running
from support.pulse import pulse_server
from support.web import until

pytestmark = pytest.mark.e2e

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
DESK = {"width": 1600, "height": 900}
SHOW = """\
# the show of Tuesday
[[route]]
address = "/one"   # kept by hand
source = "arousal"

[[route]]
address = "/two"
source = ["valence", "mood"]
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this file."""
    with chromium("--host-resolver-rules=MAP stage.lan 127.0.0.1") as running:
        yield running


def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of nobody: a configuration folder of its own."""
    return {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config")}


def opened(page: Page, program: Program) -> None:
    """Wait for the stream, and open the controls by their key."""
    expect(page.locator("body[data-link=open]")).to_be_visible()
    expect(page.locator("#controls")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("#desk")).to_be_visible()
    assert program.process.poll() is None, program.output()


def field(page: Page, route: int, label: str):  # type: ignore[no-untyped-def]
    """A field of a route, by its label."""
    return page.locator(".route").nth(route).get_by_label(label, exact=True)


def no_complaints(seen: Seen) -> None:
    """The browser found nothing wrong."""
    assert seen.complaints == []


def test_what_is_set_stays_through_reload_and_restart(browser: Browser, tmp_path: Path) -> None:
    """A route, a freeze, a calibration and a gain are there after reloading, and, saved, after
    a restart; the file keeps its comments; a wrong field is told its sentence."""
    ARTIFACTS.mkdir(exist_ok=True)
    show = tmp_path / "show.toml"
    show.write_text(SHOW)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with OscReceiver() as receiver:
        arguments = ["--config", show, "--device", "demo", "--speed", "8", "--no-announce",
                     "--osc", receiver.target, "--web", f"127.0.0.1:{port}"]  # fmt: skip
        env = environment(tmp_path)
        with running(tmp_path, *arguments, environment=env) as program:
            receiver.wait_for("/one", 2, 60)
            with page_of(browser, url, viewport=DESK, color_scheme="dark") as (page, seen):
                opened(page, program)
                expect(page.locator(".route .name")).to_have_text(["/one", "/two"])
                expect(page.locator(".lane .after").first).to_have_text(re.compile(r"\d\.\d\d"))
                page.locator(".route summary").first.click()
                field(page, 0, "Source").fill("arousel")
                field(page, 0, "Source").press("Tab")
                said = page.locator(".route .wrong", has_text="did you mean 'arousal'?")
                expect(said).to_be_visible()
                page.screenshot(path=ARTIFACTS / "controls-wrong.png")
                field(page, 0, "Source").fill("level")
                field(page, 0, "To").fill("100, 200")
                field(page, 0, "To").press("Tab")
                expect(said).to_have_count(0)
                until(lambda: receiver.values("/one")[-1] > 50, 20)
                page.get_by_role("button", name="Add a route").click()
                field(page, 2, "Address").fill("/three")
                field(page, 2, "Address").press("Tab")
                receiver.wait_for("/three", 2, 20)
                page.locator(".route").nth(1).get_by_label("Send this route").uncheck()
                page.locator("#gain_number").fill("3")
                page.locator("#learn_seconds").fill("10")
                page.locator("#learn_name").fill("tuesday")
                page.get_by_role("button", name="Calibrate").click()
                expect(page.locator("#range_said_now")).to_contain_text("“tuesday”", timeout=30_000)
                page.get_by_role("button", name="Freeze").click()
                expect(page.locator("#state")).to_have_text("frozen")
                page.locator("#mark_label").fill("chorus")
                page.get_by_role("button", name="Mark", exact=True).click()
                expect(page.locator("#mark_list")).to_contain_text("chorus")
                expect(page.locator("#kept")).to_contain_text("gain, calibration, routes")

                page.reload()
                opened(page, program)
                expect(page.locator("#state")).to_have_text("frozen")
                expect(page.locator("#freeze")).to_have_attribute("aria-pressed", "true")
                expect(page.locator(".route .name")).to_have_text(["/one", "/two", "/three"])
                expect(page.locator(".route").nth(1)).to_have_class(re.compile("off"))
                expect(page.locator("#range_said_now")).to_contain_text("“tuesday”")
                expect(page.locator("#gain_number")).to_have_value("3")
                expect(page.locator("#mark_list")).to_contain_text("chorus")
                page.get_by_role("button", name="Save").click()
                expect(page.locator("#keep_said")).to_contain_text("show.toml")
                expect(page.locator("#kept")).to_contain_text("as it will be")
                no_complaints(seen)
            assert program.interrupt()[0] == 0
            assert "Not saved" not in program.output()
        assert "# the show of Tuesday" in show.read_text()
        assert "# kept by hand" in show.read_text()
        before = len(receiver.values("/two"))
        with running(tmp_path, *arguments, environment=env) as program:
            count = len(receiver.values("/three"))
            receiver.wait_for("/three", count + 3, 60)
            assert receiver.values("/one")[-1] > 50
            assert len(receiver.values("/two")) == before
            with page_of(browser, url, viewport=DESK) as (page, _):
                opened(page, program)
                expect(page.locator("#range_said_now")).to_contain_text("“tuesday”")
                expect(page.locator("#gain_number")).to_have_value("3")
                expect(page.locator("#freeze")).to_have_attribute("aria-pressed", "false")


def test_without_a_file_it_is_there_tomorrow_all_the_same(browser: Browser, tmp_path: Path) -> None:
    """Saved without --config, a plain start uses it and says so; --config none does neither."""
    port = free_port()
    arguments = ["--device", "demo", "--no-osc", "--no-announce", "--web", f"127.0.0.1:{port}"]
    env = environment(tmp_path)
    url = f"http://127.0.0.1:{port}/"
    saved = tmp_path / "config" / "realtime-mer" / "settings.toml"
    with running(tmp_path, *arguments, environment=env) as program:
        until(lambda: "arousal" in program.output(), 60)
        with page_of(browser, url) as (page, seen):
            opened(page, program)
            page.locator("#gain_number").fill("-4.5")
            expect(page.locator("#kept")).to_contain_text("gain")
            page.get_by_role("button", name="Save").click()
            expect(page.locator("#keep_said")).to_contain_text("settings.toml")
            no_complaints(seen)
        assert "gain = -4.5" in saved.read_text()
    with running(tmp_path, *arguments, environment=env) as program:
        until(lambda: "arousal" in program.output(), 60)
        assert "Using the settings saved in" in program.errors()
        with page_of(browser, url) as (page, _):
            opened(page, program)
            expect(page.locator("#gain_number")).to_have_value("-4.5")
    with running(tmp_path, "--config", "none", *arguments, environment=env) as program:
        until(lambda: "arousal" in program.output(), 60)
        assert "Using the settings" not in program.errors()
        with page_of(browser, url) as (page, _):
            opened(page, program)
            expect(page.locator("#gain_number")).to_have_value("0")
            page.locator("#gain_number").fill("1")
            expect(page.locator("#kept")).to_contain_text("--config none")
            expect(page.locator("#save")).to_be_disabled()


def test_whoever_may_only_watch_sees_no_controls(browser: Browser, tmp_path: Path) -> None:
    """Under a name of the network and without a token a page has neither button nor keys."""
    port = free_port()
    arguments = ["--device", "demo", "--no-osc", "--no-announce", "--insecure",
                 "--web", f"0.0.0.0:{port}"]  # fmt: skip
    with running(tmp_path, *arguments, environment=environment(tmp_path)) as program:
        until(lambda: "arousal" in program.output(), 60)
        for host, may in (("stage.lan", False), ("127.0.0.1", True)):
            with page_of(browser, f"http://{host}:{port}/", viewport=DESK) as (page, seen):
                page.wait_for_selector("body[data-link=open]")
                expect(page.locator("#details")).to_contain_text("demo")
                expect(page.locator("#controls")).to_be_visible(visible=may)
                page.keyboard.press("c")
                page.keyboard.press("m")
                page.wait_for_timeout(300)
                expect(page.locator("#desk")).to_be_visible(visible=may)
                no_complaints(seen)


ASOUND = """\
pcm.left_wing { type pulse device "mer.monitor" hint { show on description "Left wing" } }
pcm.right_wing { type pulse device "other.monitor" hint { show on description "Right wing" } }
"""


def test_another_input_while_it_runs(browser: Browser, tmp_path: Path) -> None:
    """Through PulseAudio: one sink is silent, another plays; the page changes to it and the
    stream goes on; a device that is not there changes nothing and is told."""
    import subprocess

    import numpy as np
    import soundfile

    tone = tmp_path / "music.wav"
    rate_hz = 44_100
    rng = np.random.default_rng(1)
    soundfile.write(tone, (0.1 * rng.normal(size=(rate_hz * 60, 2))).astype("f4"), rate_hz)
    port = free_port()
    with pulse_server(tmp_path, rate_hz) as pulse, OscReceiver() as receiver:
        env = {**pulse.environment, "XDG_CONFIG_HOME": str(tmp_path / "config")}
        Path(env["HOME"], ".asoundrc").write_text(ASOUND)
        subprocess.run(
            ["pactl", "load-module", "module-null-sink", "sink_name=other", "rate=48000"],
            env=env, check=True, capture_output=True, timeout=20,
        )  # fmt: skip
        arguments = ["--device", "left_wing", "--osc", receiver.target, "--no-announce",
                     "--web", f"127.0.0.1:{port}"]  # fmt: skip
        player = subprocess.Popen(["paplay", "--device=other", str(tone)], env=env)
        try:
            with running(tmp_path, *arguments, environment=env) as program:
                receiver.wait_for("/mer/active", 4, 60)
                assert receiver.values("/mer/active")[-1] == 0
                with page_of(browser, f"http://127.0.0.1:{port}/") as (page, seen):
                    opened(page, program)
                    choice = page.locator("#device_choice")
                    expect(choice.locator("option", has_text="right_wing")).to_have_count(1)
                    choice.select_option("right_wing")
                    expect(page.locator("#details")).to_contain_text("right_wing")
                    until(lambda: receiver.values("/mer/active")[-1] == 1, 20)
                    page.locator("#channels_choice").fill("9999")
                    page.locator("#channels_choice").press("Tab")
                    expect(page.locator("#input_said")).to_contain_text("names no channels")
                    page.locator("#channels_choice").fill("2")
                    page.locator("#channels_choice").press("Tab")
                    expect(page.locator("#details")).to_contain_text("mono")
                    choice.select_option("demo")
                    expect(page.locator("#source")).to_have_text("demo")
                    no_complaints(seen)
                assert program.process.poll() is None
            status = receiver.messages("/mer/status")
            sequences = [int(message.arguments[0]) for message in status]
            assert sequences == sorted(sequences)
            times = [float(message.arguments[1]) for message in status]
            assert all(
                time_s == 0.5 * (sequence + 1)
                for time_s, sequence in zip(times, sequences, strict=True)
                if sequence >= 0
            )
        finally:
            player.kill()
            player.wait()
