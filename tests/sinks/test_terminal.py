"""What a person sees in the terminal, and in a log."""

from __future__ import annotations

import dataclasses
import io
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from support.estimates import DIMENSIONS, estimates, make_estimate, make_status

from realtime_mer.estimate import Estimate
from realtime_mer.mood import mood
from realtime_mer.sinks.terminal import TerminalSink
from realtime_mer.sinks.terminal_bars import ASCII, UNICODE, bipolar_bar, meter
from realtime_mer.sinks.terminal_streams import picture_of_streams
from realtime_mer.sinks.terminal_view import View, picture, plain_line

URL = "http://127.0.0.1:8765"
SHOW_CURSOR = "\x1b[?25h"
TESTS = Path(__file__).parent.parent


def view_of(estimate: Estimate | None, **changes: object) -> View:
    """A view in which the bars stand where the estimate is."""
    return View(
        dimensions=estimate.dimensions if estimate else DIMENSIONS,
        means=estimate.mean if estimate else (0.0, 0.0),
        level_db=estimate.level_db if estimate else -120.0,
        estimate=estimate,
        status=make_status(**changes),
        uptime_s=3723.4,
        url=URL,
    )


def test_a_plain_line_reads_as_promised() -> None:
    """The line for logs is the documented one, to the letter."""
    estimate = dataclasses.replace(
        make_estimate(24), mean=(0.31, -0.08), std=(0.12, 0.15), level_db=-18.2
    )
    assert plain_line(estimate) == (
        "12.5 s  arousal +0.31 ±0.12  valence -0.08 ±0.15  -18.2 dBFS  energetic"
    )
    assert plain_line(dataclasses.replace(estimate, active=False)).endswith("dBFS  silent")
    assert plain_line(dataclasses.replace(estimate, mood="tense")).endswith("dBFS  tense")


def test_the_picture_tells_everything() -> None:
    """Device, rate, numbers, the word, receivers and what ails them, clients, drops, message."""
    text = picture(
        view_of(
            make_estimate(5),
            drops=3,
            web_clients=2,
            osc_targets=("127.0.0.1:9000", "visuals.local:9000 (name not found)"),
            message="The device is gone: plug it in again.",
        ),
        80,
    ).plain
    for part in (
        "running",
        "Scarlett 2i2 USB · 48000 Hz · 2 channels",
        "1:02:03",
        "arousal",
        "+0.34 ±0.10",
        "valence",
        "+0.70 ±0.11",
        "-18.2 dBFS",
        "joyful",
        "127.0.0.1:9000",
        "visuals.local:9000 (name not found)",
        f"{URL} · 2 clients",
        "tiny on cpu · 3 drops",
        "The device is gone: plug it in again.",
    ):
        assert part in text


def test_a_rate_nobody_knows_is_not_shown() -> None:
    """A replay of a table has no rate and no channels to tell."""
    text = picture(view_of(make_estimate(5), rate_hz=0, channels=0, device="a.csv"), 80).plain
    assert "a.csv" in text
    assert "Hz" not in text
    assert "channel" not in text


def test_what_was_set_by_hand_is_shown() -> None:
    """A freeze nobody remembers would look like a broken tracker; with nothing set, no line."""
    calibration = {"name": "tuesday", "centre": {}, "spread": {}}
    nothing = {"frozen": False, "calibration": None, "calibrating": None, "gain_db": 0.0}
    for change, said in (
        ({"frozen": True, "calibration": calibration}, "frozen · calibration tuesday"),
        ({"calibration": calibration, "adapting": True}, "calibration tuesday · adapting"),
        ({"calibration": {"name": ""}, "adapting": True, "gain_db": 6.0}, "adapting · gain +6 dB"),
        (
            {"calibrating": {"name": "last", "heard_s": 35.5, "seconds": 120.0}},
            "calibrating last 36/120 s",
        ),
    ):
        lines = picture(view_of(make_estimate(5), controls=nothing | change), 80).plain.splitlines()
        assert [line.split(maxsplit=1)[1] for line in lines if "set " in line] == [said]
    assert "set " not in picture(view_of(make_estimate(5), controls=nothing), 80).plain


@given(
    st.none() | estimates() | estimates(("arousal", "valence", "dominance")),
    st.integers(1, 200),
    st.integers(1, 40),
    st.sampled_from(["running", "silent", "waiting", "lost", "ended"]),
    st.text(max_size=60),
    st.booleans(),
)
def test_no_line_is_wider_than_the_terminal(
    estimate: Estimate | None, width: int, height: int, state: str, words: str, ascii_only: bool
) -> None:
    """On terminals of any size, with any name and message, nothing wraps."""
    view = view_of(estimate, state=state, device=words, message=words)
    lines = picture(view, width, height, ascii_only=ascii_only).plain.split("\n")
    assert max(map(cell_len, lines)) <= max(width, 1)


@given(estimates(), st.integers(20, 120))
def test_a_terminal_of_ascii_gets_ascii(estimate: Estimate, width: int) -> None:
    """Where nothing else can be shown, no other character is used."""
    assert picture(view_of(estimate), width, ascii_only=True).plain.isascii()


def test_a_low_terminal_gets_the_lines_without_the_gaps() -> None:
    """Twelve rows are enough for everything that is said."""
    view = view_of(make_estimate())
    lines = picture(view, 80, 12).plain.split("\n")
    assert len(lines) <= 11
    assert all(line.strip() for line in lines)
    assert set(lines) <= set(picture(view, 80).plain.split("\n"))


@given(st.floats(-1, 1), st.floats(0, 1), st.integers(4, 40))
def test_a_bar_is_symmetric(mean: float, std: float, half: int) -> None:
    """The bar of the opposite value is the mirror image, column by column."""
    bar, mirrored = (
        bipolar_bar(sign * mean, std, 2 * half + 1, "red", UNICODE).plain for sign in (1, -1)
    )
    assert len(bar) == 2 * half + 1
    assert bar == mirrored[::-1]


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        (0.0, 0.0, "----------+----------"),
        (1.0, 0.0, "----------###########"),
        (-0.5, 0.0, "-----######----------"),
        (0.5, 0.2, "----------###==#..---"),
        (0.0, 0.3, "-------...|...-------"),
        (-0.9, 0.4, ".#====#####----------"),
    ],
)
def test_a_bar_ends_where_the_mean_is(mean: float, std: float, expected: str) -> None:
    """The bar reaches from the middle to the mean, and the shade one standard deviation around."""
    assert bipolar_bar(mean, std, 21, "red", ASCII).plain == expected


def test_the_meter_grows_with_the_level() -> None:
    """From empty at -60 dBFS to full at 0, by eighths of a column, and no further."""
    bars = [meter(-60 + k / 10, 20, UNICODE).plain for k in range(601)]
    lengths = [
        8 * bar.count("█") + sum(UNICODE.eighths.index(c) for c in bar if c in UNICODE.eighths)
        for bar in bars
    ]
    assert lengths == sorted(lengths)
    assert lengths[0] == 0
    assert lengths[-1] == 160
    assert set(lengths) == set(range(161))
    assert meter(6, 20, UNICODE).plain == bars[-1]
    assert meter(-120, 20, UNICODE).plain == bars[0]


def test_the_last_picture_shows_the_last_estimate() -> None:
    """What stays on the terminal after the end is the end, and the cursor is back."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24)
    sink = TerminalSink(console, dimensions=DIMENSIONS, url=URL)
    for sequence in range(5):
        sink.publish(make_estimate(sequence))
    sink.report(make_status(state="ended"))
    sink.close()
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue().rpartition("ended")[2])
    estimate = make_estimate(4)
    assert f"{estimate.arousal:+.2f} ±{estimate.arousal_std:.2f}" in last
    assert f"{estimate.valence:+.2f} ±{estimate.valence_std:.2f}" in last
    assert out.getvalue().rstrip().endswith(SHOW_CURSOR)


def test_without_a_terminal_each_estimate_is_a_line() -> None:
    """A log gets the lines in order, a change of state as a line, and no control character."""
    out = io.StringIO()
    sink = TerminalSink(Console(file=out, width=80), dimensions=DIMENSIONS)
    for sequence in range(3):
        sink.publish(make_estimate(sequence))
        sink.report(make_status())
    sink.report(make_status(state="lost", message="The device is gone."))
    sink.report(make_status(state="lost", message="The device is gone."))
    sink.close()
    assert out.getvalue().splitlines() == [
        *(plain_line(make_estimate(sequence)) for sequence in range(3)),
        "12.5 s  lost  The device is gone.",
    ]


def test_a_closed_file_harms_nobody() -> None:
    """Writing that fails ends the writing: publish, report and close go on without a word."""
    out = io.StringIO()
    sink = TerminalSink(Console(file=out), dimensions=DIMENSIONS)
    out.close()
    for sequence in range(3):
        sink.publish(make_estimate(sequence))
        sink.report(make_status())
    sink.close()


def test_an_encoding_without_the_sign_gets_a_substitute() -> None:
    """A log file in plain ASCII is written all the same."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    sink = TerminalSink(Console(file=out), dimensions=DIMENSIONS)
    sink.publish(make_estimate())
    sink.close()
    assert raw.getvalue().decode("ascii").replace("?", "±") == plain_line(make_estimate()) + "\n"


def test_log_messages_appear_above_the_picture() -> None:
    """A warning is printed once, and the picture is drawn again below it."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24)
    sink = TerminalSink(console, dimensions=DIMENSIONS, url=URL)
    logger = logging.Logger("test")
    logger.addHandler(sink.log_handler())
    sink.publish(make_estimate())
    logger.warning("OSC to [somewhere]:9000: %s.", "no route")
    sink.close()
    before, _, after = out.getvalue().partition("OSC to [somewhere]:9000: no route.")
    assert "waiting" in after
    assert "no route" not in before + after


def test_log_messages_of_plain_lines_go_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines of estimates stay clean; messages after the end are not lost either."""
    out = io.StringIO()
    sink = TerminalSink(Console(file=out), dimensions=DIMENSIONS)
    logger = logging.Logger("test")
    logger.addHandler(sink.log_handler())
    logger.warning("first")
    sink.publish(make_estimate())
    sink.close()
    logger.warning("second")
    assert capsys.readouterr().err == "first\nsecond\n"
    assert out.getvalue() == plain_line(make_estimate()) + "\n"


PROGRAM = """
import logging, sys, time
from rich.console import Console
from realtime_mer.sinks.terminal import TerminalSink
from support.estimates import make_estimate

sink = TerminalSink(Console(), dimensions=("arousal", "valence"))
logging.getLogger().addHandler(sink.log_handler())
for sequence in range(2000):
    sink.publish(make_estimate(sequence))
    time.sleep(0.001 if sequence < 200 else 0)
sink.close()
logging.warning("done")
"""


def start() -> subprocess.Popen[str]:
    """Start a program that publishes two thousand estimates into a pipe."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-c", PROGRAM]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


@pytest.mark.e2e
def test_a_reader_that_leaves_harms_nobody() -> None:
    """Like ``| head -1``: the program goes on to its end and leaves with 0 and no complaint."""
    with start() as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.readline().startswith("0.5 s  arousal")
        program.stdout.close()
        assert program.wait(30) == 0
        assert program.stderr.read() == "done\n"


@pytest.mark.e2e
def test_a_reader_that_sleeps_harms_nobody() -> None:
    """Like a pager nobody scrolls: with the pipe full, the program still ends, and with 0."""
    with start() as program:
        assert program.wait(30) == 0
        assert program.stdout
        assert program.stderr
        assert program.stderr.read() == "done\n"
        assert program.stdout.readline().startswith("0.5 s  arousal")


@pytest.mark.e2e
def test_a_terminal_that_takes_nothing_blocks_nobody() -> None:
    """As after Ctrl-S: publishing goes on, and close gives up within its second."""
    import pty

    master, slave = pty.openpty()
    try:
        console = Console(file=os.fdopen(slave, "w"), force_terminal=True, width=80, height=24)
        sink = TerminalSink(console, dimensions=DIMENSIONS, url=URL)
        for sequence in range(40):
            started = time.monotonic()
            sink.publish(make_estimate(sequence))
            sink.report(make_status())
            assert time.monotonic() - started < 0.2
            time.sleep(0.1)
        started = time.monotonic()
        sink.close()
        assert 0.5 < time.monotonic() - started < 3
    finally:
        os.close(master)


NAMES = [(k, f"Channel {k}") for k in range(1, 17)]


def streams_picture(width: int, height: int, *, ascii_only: bool = False) -> list[str]:
    """Sixteen channels of which the seventh has said nothing yet."""
    said = {k: dataclasses.replace(make_estimate(7 * k), stream=k) for k, _ in NAMES if k != 7}
    view = view_of(None, channels=16)
    text = picture_of_streams(view, NAMES, said, width, height, ascii_only=ascii_only)
    return text.plain.split("\n")


def test_several_streams_have_a_line_each() -> None:
    """Name, both values, level and word of every channel; what waits says so."""
    lines = streams_picture(100, 40)
    (third,) = [line for line in lines if "Channel 3 " in line]
    expected = make_estimate(21)
    assert f"{expected.arousal:+.2f}" in third
    assert f"{expected.valence:+.2f}" in third
    assert third.rstrip().endswith(mood(expected.arousal, expected.valence))
    assert any("Channel 7   waiting" in line for line in lines)
    assert sum("Channel" in line for line in lines) == 16
    assert "16 channels" in lines[0]


@given(st.integers(1, 130), st.integers(5, 60), st.booleans())
def test_streams_fit_any_terminal(width: int, height: int, ascii_only: bool) -> None:
    """No line is wider than the terminal; what has no room is counted."""
    lines = streams_picture(width, height, ascii_only=ascii_only)
    assert all(cell_len(line) <= width for line in lines)
    shown = sum("Channel"[: max(0, width - 4)] in line for line in lines) if width > 30 else 16
    if width > 30 and shown < 16:
        assert any(f"and {16 - shown} more" in line for line in lines)


def test_a_plain_line_tells_the_stream() -> None:
    """In a log, the number stands behind the time."""
    line = plain_line(dataclasses.replace(make_estimate(24), stream=3))
    assert line.startswith("12.5 s   3  arousal")
