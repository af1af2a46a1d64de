"""The page by https, in a browser that was told to trust nobody."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from support.browser import chromium, page_of
from support.certificate import make_pair
from support.estimates import make_estimate
from support.web import hello, until

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
