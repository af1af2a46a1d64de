"""Announcements, found by a real Zeroconf browser on the loopback interface."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from support.zeroconf import BROWSE_LIMIT_S, Browser

from realtime_mer.oscquery.announce import (
    LONGEST_NAME,
    OSC_JSON,
    OSC_UDP,
    Announcement,
    Service,
    numbered,
    reachable_at,
    tracker_name,
)

NAME = f"realtime-mer on test {os.getpid()}"  # other tests may announce at the same time


@contextmanager
def announced(*services: Service, name: str = NAME) -> Iterator[Announcement]:
    """An announcement, taken back at the end whatever happens."""
    announcement = Announcement(name, services)
    try:
        yield announcement
    finally:
        announcement.close()


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("stage", "realtime-mer on stage"),
        ("stage.local", "realtime-mer on stage"),
        ("", "realtime-mer on this machine"),
        ("Zoës-Mac", "realtime-mer on Zoës-Mac"),
    ],
)
def test_a_tracker_is_called_after_its_machine(host: str, name: str) -> None:
    """The first part of the host's name is enough for people."""
    assert tracker_name(host) == name


def test_a_long_name_is_cut_to_one_label() -> None:
    """63 bytes, and no half letters."""
    name = tracker_name("ü" * 80)
    assert LONGEST_NAME - 1 <= len(name.encode()) <= LONGEST_NAME
    assert name.endswith("ü")
    assert LONGEST_NAME - 1 <= len(numbered(name, 12).encode()) <= LONGEST_NAME
    assert numbered(name, 12).endswith("ü (12)")


def test_where_others_reach_us() -> None:
    """An address is itself; the wildcard is every address but loopback."""
    assert reachable_at("127.0.0.1") == ["127.0.0.1"]
    assert reachable_at("localhost") == ["127.0.0.1"]
    assert reachable_at("::1") == ["::1"]
    for wildcard, loopback in (("0.0.0.0", "127.0.0.1"), ("::", "::1")):
        with suppress(OSError):  # a machine without a network
            found = reachable_at(wildcard)
            assert found
            assert loopback not in found
            assert all((":" in each) == (":" in wildcard) for each in found)


def test_it_never_holds_up_who_opens_it() -> None:
    """To find out whether a name is free takes seconds, in a thread of its own."""
    before = time.monotonic()
    announcement = Announcement(NAME, [Service(OSC_JSON, "127.0.0.1", 8765)])
    opened_s = time.monotonic() - before
    before = time.monotonic()
    announcement.close()  # amid all that
    assert time.monotonic() - before < 1.0
    assert opened_s < 0.5
    assert not announcement.announced.is_set()
    assert not [each for each in threading.enumerate() if each.name == "announcement"]


def test_what_fails_is_said_once_and_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A host that cannot be: one sentence with a remedy, and closing works."""
    with announced(Service(OSC_JSON, "no such host.invalid", 8765)) as announcement:
        assert announcement.announced.wait(BROWSE_LIMIT_S)
    assert [each.levelno for each in caplog.records if "--no-announce" in each.message] == [
        logging.WARNING
    ]


@pytest.mark.e2e
def test_a_browser_finds_both_services_and_sees_them_go() -> None:
    """Name, port and address of each; gone within a second of closing."""
    with Browser() as browser:
        with announced(
            Service(OSC_JSON, "127.0.0.1", 18_765), Service(OSC_UDP, "127.0.0.1", 19_001)
        ) as announcement:
            for kind, port in ((OSC_JSON, 18_765), (OSC_UDP, 19_001)):
                found = browser.wait_for(kind, NAME)
                assert (found.port, found.parsed_addresses()) == (port, ["127.0.0.1"])
                assert socket.gethostname() not in (found.server or "")
            assert announcement.announced.wait(BROWSE_LIMIT_S)
            before = time.monotonic()
        assert time.monotonic() - before < 1.0
        browser.wait_until_gone(OSC_JSON, NAME)
        browser.wait_until_gone(OSC_UDP, NAME)


@pytest.mark.e2e
def test_one_that_cannot_be_announced_leaves_the_other(caplog: pytest.LogCaptureFixture) -> None:
    """A page at a host that is not there, and control that is."""
    services = Service(OSC_JSON, "no such host.invalid", 18_765), Service(OSC_UDP, "::1", 19_001)
    with Browser() as browser, announced(*services):
        found = browser.wait_for(OSC_UDP, NAME)
        assert (found.port, found.parsed_addresses()) == (19_001, ["::1"])
    assert "--no-announce" in caplog.text


@pytest.mark.e2e
def test_a_name_that_is_taken_gets_a_number() -> None:
    """Two trackers of one machine are told apart, and each leads to its own port."""
    with Browser() as browser, announced(Service(OSC_JSON, "127.0.0.1", 18_765)) as first:
        assert first.announced.wait(BROWSE_LIMIT_S)
        with announced(Service(OSC_JSON, "127.0.0.1", 18_766)):
            assert browser.wait_for(OSC_JSON, NAME).port == 18_765
            assert browser.wait_for(OSC_JSON, f"{NAME} (2)").port == 18_766
        browser.wait_until_gone(OSC_JSON, f"{NAME} (2)")
        assert browser.wait_for(OSC_JSON, NAME).port == 18_765


@pytest.mark.e2e
def test_what_is_open_to_the_network_is_announced_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On the wildcard, every address of the networks is given; without any, that is said."""
    try:
        own = reachable_at("0.0.0.0")
    except OSError:
        with announced(Service(OSC_JSON, "0.0.0.0", 18_765)) as announcement:
            assert announcement.announced.wait(BROWSE_LIMIT_S)
        assert "on no network" in caplog.text
        return
    with Browser(own[0]) as browser, announced(Service(OSC_JSON, "0.0.0.0", 18_765)):
        found = browser.wait_for(OSC_JSON, NAME)
        assert sorted(found.parsed_addresses()) == sorted(own)
