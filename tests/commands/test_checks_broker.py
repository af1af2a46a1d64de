"""What doctor says of a broker."""

from __future__ import annotations

import importlib.util
import socket

import pytest

from realtime_mer.broker import parse_broker
from realtime_mer.commands.checks_broker import check_broker


def test_a_broker_that_answers_is_said_to() -> None:
    """Whatever listens there; the tracker itself will say what it thinks of the password."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = parse_broker(f"mqtt://me:secret@127.0.0.1:{server.getsockname()[1]}/mer")
        finding = check_broker(broker)
    assert (finding.good, finding.said) == (True, "answers")
    assert "secret" not in finding.line()


def test_a_broker_that_is_not_there_is_no_fault_but_said() -> None:
    """It may come later, as an OSC receiver may."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    finding = check_broker(parse_broker(f"mqtt://127.0.0.1:{port}/mer"))
    assert finding.good
    assert "refused" in finding.said
    assert "start the broker" in finding.remedy


def test_without_the_client_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy can be pasted."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    finding = check_broker(parse_broker("mqtt://127.0.0.1/mer"))
    assert not finding.good
    assert "pip install 'realtime-mer[mqtt]'" in finding.remedy
