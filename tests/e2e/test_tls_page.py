"""The page by https, in a browser that was told to trust nobody."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from support.browser import chromium, page_of
from support.certificate import make_pair
from support.estimates import make_estimate
from support.program import free_port, run_program, running
from support.web import hello, until
from websockets.sync.client import connect

from realtime_mer.sinks.web import WebSink
from realtime_mer.tls import load_pair

pytestmark = pytest.mark.e2e


def test_the_page_works_by_https(tmp_path: Path) -> None:
    """Once the guest has accepted the certificate, page and stream are encrypted and alive."""
    pair = make_pair(tmp_path)
    tls = load_pair(pair.certificate, pair.key)
    with closing(WebSink("127.0.0.1", 0, hello=hello(), token="word", tls=tls)) as sink:
        sink.publish(make_estimate(3))
        with (
            chromium() as browser,
            page_of(browser, f"{sink.url}#token=word", ignore_https_errors=True) as (page, seen),
        ):
            page.wait_for_selector("body[data-link=open]")
            until(lambda: sink.clients() == 1)
            assert any(address.startswith("wss://") for address in seen.addresses)
            assert not [address for address in seen.addresses if address.startswith("http://")]
            assert seen.complaints == []


def test_the_program_says_where_it_is_and_what_is_wrong(tmp_path: Path) -> None:
    """Flags are enough; the addresses are printed; a pair that is none ends it with a sentence."""
    pair, other = make_pair(tmp_path), make_pair(tmp_path, "other")
    port = free_port()
    base = ["--device", "demo", "--no-osc", "--no-announce", "--config", "none",
            "--web", f"127.0.0.1:{port}", "--tls-cert", str(pair.certificate)]  # fmt: skip
    wrong = run_program(*base, "--tls-key", str(other.key))
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1
    assert "is not the one of the certificate" in wrong.stderr
    alone = run_program("--device", "demo", "--tls-key", str(pair.key), "--config", "none")
    assert alone.returncode == 2
    assert "give its certificate with --tls-cert" in alone.stderr
    with running(tmp_path, *base, "--tls-key", str(pair.key)) as program:
        until(lambda: "wss://" in program.errors(), 60)
        said = f"The page is at https://127.0.0.1:{port}/, the stream at wss://127.0.0.1:{port}/ws."
        assert said in program.errors()
        with connect(f"wss://127.0.0.1:{port}/ws", ssl=pair.client_context()) as stream:
            assert '"type":"hello"' in str(stream.recv(timeout=30))
