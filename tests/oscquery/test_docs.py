"""The page on OSCQuery says what is answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from realtime_mer.oscquery.announce import OSC_JSON, OSC_UDP
from realtime_mer.oscquery.host import ATTRIBUTES, EXTENSIONS, NEVER, QueryHost
from realtime_mer.oscquery.listening import Listen, parse_command
from realtime_mer.oscquery.space import address_space
from realtime_mer.sinks.osc_packet import message

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "oscquery.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, or those of none."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_answers_shown_are_those_given() -> None:
    """Each curl line with its JSON, for the value that stands there."""
    host = QueryHost("x", address_space(("arousal", "valence")))
    host.take([message("/mer/arousal", 0.4182301)])
    shown = re.findall(r"\$ curl (\S+)\n((?:[{ ].*\n)*)", blocks("")[0])
    assert len(shown) == 3
    for url, text in shown:
        path, _, query = url.strip('"').removeprefix("http://127.0.0.1:8765").partition("?")
        answer = json.loads(host.answer(path, query, 8765).body)
        if text:
            assert json.loads(text) == answer
        else:
            assert set(answer) == {"NAME", "EXTENSIONS", "WS_PORT"}


def test_every_attribute_is_in_the_table_and_those_that_are_not_served_below() -> None:
    """No more and no fewer."""
    table = PAGE[PAGE.index("| attribute |") :].partition("\n\n")[0]
    rows = table.splitlines()[2:]
    assert {n for row in rows for n in re.findall(r"`(\w+)`", row.split("|")[1])} == set(ATTRIBUTES)
    missing = PAGE[PAGE.index("## What is not there") :]
    named = set(re.findall(r"`([A-Z_]+)`", missing))
    assert named == {n for n, there in EXTENSIONS.items() if not there} - {"OSC_STREAMING"}
    assert set(NEVER) <= named


def test_the_commands_shown_are_understood() -> None:
    """LISTEN and IGNORE as they stand there."""
    commands = [parse_command(line) for line in blocks("json")[0].splitlines()]
    assert commands == [Listen("/mer/arousal", True), Listen("/mer/arousal", False)]


@pytest.mark.parametrize("kind", [OSC_JSON, OSC_UDP])
def test_the_services_are_named(kind: str) -> None:
    """As a person looks for them, without the domain."""
    assert f"| `{kind.removesuffix('.local.')}` |" in PAGE


def test_the_python_example_is_python() -> None:
    """It runs in test_web_oscquery; here it is at least read."""
    (example,) = blocks("python")
    compile(example, "docs/oscquery.md", "exec")
