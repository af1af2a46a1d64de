"""Plain HTTP: what is served, to whom, and how a browser is kept careful."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.estimates import make_estimate, make_status
from support.web import get, hello, listen, metric, receive, request, until, web_sink
from websockets.exceptions import InvalidStatus

from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.static import load_dashboard

# The page and plain HTTP


def test_the_page_is_served_with_careful_headers() -> None:
    """The index comes at /, may load only what comes with it, and is asked for anew each time."""
    with web_sink() as sink:
        status, headers, body = get(sink, "/")
        assert status == 200
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-cache"
        assert int(headers["content-length"]) == len(body)
        assert body.startswith(b"<!doctype html>")
        again, headers_again, nothing = get(sink, "/", If_None_Match=headers["etag"])
        assert (again, nothing) == (304, b"")
        assert headers_again["etag"] == headers["etag"]
        for path, content_type in {
            "/app.js": "text/javascript; charset=utf-8",
            "/style.css": "text/css; charset=utf-8",
            "/favicon.svg": "image/svg+xml",
        }.items():
            status, headers, body = get(sink, path)
            assert status == 200
            assert headers["content-type"] == content_type
            assert len(body) == int(headers["content-length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/../../pyproject.toml",
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e/%252e%252e/etc/passwd",
        "/%25252e%25252e/app.js",
        "/..%255c..%255cpyproject.toml",
        "/..\\..\\pyproject.toml",
        "/stage/../app.js",
        "/stage/..%2fapp.js",
        "/./app.js",
        "/%61pp.js",
        "/app.js/",
        "/app.js;.html",
        "/app.js%2500.html",
        "/%c0%ae%c0%ae/app.js",
        "/stage//index.html",
        "/INDEX.HTML",
        "/app.js~",
        "/__init__.py",
        "//etc/passwd",
        "//[::1",
        "/dashboard/index.html",
        "/index.html/",
        "/app.js%00",
        "/\\..\\app.js",
        "http://127.0.0.1/",
        "app.js",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    """Whatever is not a file of the page is not found, however its path is written."""
    with web_sink() as sink:
        status, headers, body = get(sink, path)
        assert status == 404
        assert headers["x-content-type-options"] == "nosniff"
        assert body == b"There is nothing here: the page is at /.\n"


def test_every_file_has_its_type_and_every_answer_careful_headers() -> None:
    """Whatever a browser asks for: it may not guess the type, be framed, or tell where from."""
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript",
             ".svg": "image/svg+xml", ".json": "application/json", ".csv": "text/csv"}  # fmt: skip
    paths = [*load_dashboard(), "/nothing", "/ws", "/healthz", "/metrics", "/history.json",
             "/history.csv", "/mer/arousal"]  # fmt: skip
    with web_sink() as sink:
        for path in paths:
            status, headers, body = get(sink, path)
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'self'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "server" not in headers
            suffix = "." + path.rpartition(".")[2] if "." in path else ""
            if status == 200 and suffix in types and path != "/favicon.ico":
                assert headers["content-type"].startswith(types[suffix])
            assert b"Traceback" not in body


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_a_path_is_a_file_of_the_page_or_nothing(one_sink: WebSink, path: str) -> None:
    """What comes is in the table, or one of those that are made, or an error."""
    made = ("/healthz", "/metrics", "/history.csv", "/history.json", "/ws")
    status, _, body = get(one_sink, "/" + path)
    bare = ("/" + path).partition("?")[0]
    if bare in (files := load_dashboard()):
        assert body == files[bare].body
    elif bare not in made:
        assert status in (400, 404)
        assert len(body) < 200


@pytest.fixture(scope="module")
def one_sink() -> Iterator[WebSink]:
    """A sink for many questions."""
    with web_sink() as sink:
        yield sink


def test_requests_that_are_no_get_are_refused() -> None:
    """Other methods, the stream without its handshake and two hosts at once get their status."""
    with web_sink() as sink:
        host = f"Host: 127.0.0.1:{sink.port}\r\n"
        assert request(sink, f"POST / HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n")[0] == 405
        assert request(sink, f"GET / HTTP/1.1\r\n{host}{host}\r\n")[0] == 400
        assert request(sink, "GET / HTTP/1.1\r\n\r\n")[0] == 400
        assert get(sink, "/ws")[0] == 426
        assert metric(sink, "web_refused_total") == 4


def test_health_says_whether_estimates_come() -> None:
    """Not yet, on time, late, and over: 503, 200, 503, 503, each with its reason."""
    with web_sink(hello={**hello(), "interval_s": 0.05}) as sink:
        status, headers, body = get(sink, "/healthz")
        assert (status, json.loads(body)["reason"]) == (503, "no estimate yet")
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "application/json"
        until(lambda: sink.publish(make_estimate(0)) or get(sink, "/healthz")[0] == 200)
        assert json.loads(get(sink, "/healthz")[2])["ok"] in (True, False)
        until(lambda: get(sink, "/healthz")[0] == 503)
        assert "the last estimate came" in json.loads(get(sink, "/healthz")[2])["reason"]
        sink.report(make_status(state="lost"))
        until(lambda: b"device is gone" in get(sink, "/healthz")[2])


# Who may listen


def test_guesses_are_told_to_wait() -> None:
    """429 with the seconds, on stream, metrics and downloads alike; even for the right one."""
    with web_sink(token="open sesame") as sink:
        told = [get(sink, f"/metrics?token={number}")[0] for number in range(14)]
        assert told[:10] == [401] * 10
        assert set(told[10:]) == {429}
        for path in ("/metrics", "/history.csv"):
            status, headers, body = get(sink, f"{path}?token=open+sesame")
            assert status == 429
            assert 1 <= int(headers["retry-after"]) <= 6
            assert b"wait" in body
        with pytest.raises(InvalidStatus) as refused, listen(sink, "?token=open%20sesame"):
            pass
        assert refused.value.response.status_code == 429
        assert get(sink, "/")[0] == 200  # the page is no secret


def test_pages_from_elsewhere_may_not_listen() -> None:
    """A browser on another site is refused, the own page and a named one are not."""
    with web_sink(origins=["http://localhost:5500"]) as sink:
        for origin in ("https://evil.example", "null", f"http://localhost:{sink.port}"):
            with pytest.raises(InvalidStatus) as refused, listen(sink, origin=origin):
                pass
            assert refused.value.response.status_code == 403
        for origin in (sink.url.rstrip("/"), "http://localhost:5500"):
            with listen(sink, origin=origin) as client:
                receive(client, "hello")


def test_names_of_other_machines_are_refused() -> None:
    """A name re-pointed to this machine gets neither page nor stream nor numbers."""
    with web_sink() as sink:
        for path in ("/", "/ws", "/healthz", "/metrics", "/nothing"):
            assert get(sink, path, host=f"evil.example:{sink.port}")[0] == 403
        assert get(sink, "/", host=f"localhost:{sink.port}")[0] == 200


def test_a_token_guards_what_is_worth_it(caplog: pytest.LogCaptureFixture) -> None:
    """Stream and metrics want it, page and health do not; no log ever shows it."""
    caplog.set_level(logging.DEBUG)
    with web_sink(token="open sesame") as sink:
        quiet = logging.getLogger("the client's own")
        quiet.setLevel(logging.CRITICAL)
        for query, headers in (("", {}), ("?token=no", {}), ("", {"Authorization": "Bearer no"})):
            with (
                pytest.raises(InvalidStatus) as refused,
                listen(sink, query, additional_headers=headers, logger=quiet),
            ):
                pass
            assert refused.value.response.status_code == 401
        for query, headers in (
            ("?token=open%20sesame", {}),
            ("", {"Authorization": "Bearer open sesame"}),
        ):
            with listen(sink, query, additional_headers=headers, logger=quiet) as client:
                receive(client, "hello")
        assert get(sink, "/")[0] == 200
        assert get(sink, "/healthz")[0] == 503
        status, answered, _ = get(sink, "/metrics")
        assert status == 401
        assert answered["www-authenticate"] == "Bearer"
        assert get(sink, "/metrics?token=open+sesame")[0] == 200
        assert "sesame" not in sink.url
    assert "sesame" not in caplog.text
