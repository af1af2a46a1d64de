"""The page on the protocol says what the server does."""

from __future__ import annotations

import contextlib
import io
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from support.estimates import make_estimate, make_status
from support.web import hello, until, web_sink

from realtime_mer.mood import SECTORS
from realtime_mer.sinks.web import protocol
from realtime_mer.sinks.web.clients import Limits
from realtime_mer.sinks.web.commands import COMMANDS
from realtime_mer.sinks.web.hello import hello_message
from realtime_mer.sinks.web.journal import HISTORY_ESTIMATES, REASONS, Journal
from realtime_mer.sinks.web.metrics import Counters, exposition

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def examples() -> dict[str, dict[str, Any]]:
    """Every example message by its type."""
    found = {}
    for block in blocks("json"):
        for text in re.split(r"\n(?=\{)", block.strip()):
            message = json.loads(text)
            found[message["type"]] = message
    return found


def shape(value: object) -> object:
    """The fields of a message and the kinds of their values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def test_examples_have_the_fields_of_real_messages() -> None:
    """Each example has the names, order and kinds of what the server sends."""
    real = {
        "hello": hello_message(hello(), "abc", []),
        "estimate": protocol.estimate_message(make_estimate(241)),
        "status": protocol.status_message(make_status()),
        "pong": protocol.pong_message(7),
        "error": protocol.error_message("The message is not JSON."),
        "done": protocol.done_message(8, {}),
        "meters": protocol.meters_message(241, [([0.4182301], [0.7091151])]),
    }
    written = examples()
    assert set(written) == {*real, "ping"}
    for name, text in real.items():
        assert shape(written[name]) == shape(json.loads(text)), name
        assert sorted(written[name]) == sorted(json.loads(text))
    assert protocol.parse(json.dumps(written["ping"])) == protocol.Ping(7)


def test_words_and_limits_are_those_of_the_program() -> None:
    """Moods, reasons and numbers of the page are the ones in the code."""
    for said in (*SECTORS, "neutral", *REASONS.values(), "no estimate yet"):
        assert said in PAGE, said
    limits = Limits()
    for said in (
        f"at most {HISTORY_ESTIMATES} estimates",
        f"most {limits.outbox} messages wait",
        f"takes nothing for {limits.stall_s:g} s",
        f"Up to {limits.clients} clients",
        f"above {protocol.MAX_CLIENT_MESSAGE_BYTES} bytes",
        f"up to {protocol.MAX_ID_CHARACTERS} characters",
        f"({protocol.MAX_COMMAND_BYTES:,} for",
        f"`schema` is {protocol.SCHEMA}",
        *(f"| `{kind}` |" for kind in COMMANDS),
        *(f"`{key}`" for keys, _ in COMMANDS.values() for key in keys),
    ):
        assert said in PAGE.replace("\n", " "), said
    assert limits.messages_per_s == 10


def test_every_metric_is_listed() -> None:
    """The table of metrics and the text for Prometheus name the same things."""
    stream = Journal(hello(), 0.0)
    stream.record_estimate(make_estimate(0), 0.5)
    served = set(
        re.findall(r"^# TYPE realtime_mer_(\w+)", exposition(stream, Counters(), 1.0), re.M)
    )
    table = PAGE[PAGE.index("| metric |") :].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    assert served == {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_python_example_runs() -> None:
    """Copied from the page, it prints what is published until the tracker stops."""
    code = next(block for block in blocks("python") if "connect(" in block)
    out = io.StringIO()
    with web_sink(token=None) as sink:

        def run() -> None:
            from websockets.exceptions import ConnectionClosed

            with contextlib.redirect_stdout(out), contextlib.suppress(ConnectionClosed):
                exec(code.replace("8765", str(sink.port)), {})

        reader = threading.Thread(target=run)
        reader.start()
        until(lambda: sink.clients() == 1)
        for k in range(3):
            sink.publish(make_estimate(k))
        until(lambda: out.getvalue().count("\n") == 3)
    reader.join(10)
    assert not reader.is_alive()
    words = [line.split()[2] for line in out.getvalue().splitlines()]
    assert words == [
        json.loads(protocol.estimate_message(make_estimate(k)))["mood"] for k in range(3)
    ]


@pytest.mark.parametrize("flag", ["--web", "--no-web", "--token", "--insecure"])
def test_flags_on_the_page_exist(flag: str) -> None:
    """No flag is described that the program does not have."""
    from realtime_mer.settings import setting_fields

    assert flag in PAGE
    name = flag.removeprefix("--").removeprefix("no-")
    assert name in setting_fields()
