"""OSCQuery through real sockets: the tree by HTTP, single addresses by WebSocket."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from support.estimates import make_estimate, make_status
from support.web import LIMIT_S, get, listen, metric, receive, request, until, web_sink
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from realtime_mer.oscquery.host import QueryHost
from realtime_mer.oscquery.space import address_space
from realtime_mer.routes.parse import parse_route
from realtime_mer.sinks.osc import OscSink
from realtime_mer.sinks.osc_packet import message
from realtime_mer.sinks.web import WebSink
from realtime_mer.sinks.web.clients import Limits

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ROUTES = [parse_route({"address": "/wek/inputs", "source": ["arousal", "valence"]})]


def make_query() -> QueryHost:
    """The standard addresses, one route, and control."""
    methods = address_space(("arousal", "valence"), control_in=True, routes=ROUTES)
    return QueryHost("realtime-mer on stage", methods, ("", 9001))


@contextmanager
def osc_and_web(
    targets: list[tuple[str, int]] | None = None, **options: Any
) -> Iterator[tuple[OscSink, WebSink]]:
    """Both sinks, joined as a run joins them."""
    with web_sink(query=make_query(), **options) as web:
        osc = OscSink(targets or [], routes=ROUTES, listener=web.take_osc)
        try:
            yield osc, web
        finally:
            osc.close()


def to(sink: WebSink, path: str = "", **options: Any) -> ClientConnection:
    """Connect as a client of OSCQuery does."""
    url = sink.url.replace("http", "ws", 1) + path
    return connect(url, compression=None, open_timeout=LIMIT_S, **options)


def say(client: ClientConnection, command: str, address: str) -> None:
    """Send one command."""
    client.send(json.dumps({"COMMAND": command, "DATA": address}))


def wanted(web: WebSink) -> set[str]:
    """The addresses that the server knows somebody listens to."""
    assert web._server.listeners is not None
    return {address.decode() for address in web._server.listeners.wanted}


def listen_to(web: WebSink, client: ClientConnection, *addresses: str) -> None:
    """Begin to listen to addresses, and wait until the server knows."""
    for address in addresses:
        say(client, "LISTEN", address)
    until(lambda: set(addresses) <= wanted(web))


def heard(client: ClientConnection) -> tuple[str, list[Any]]:
    """The next message, parsed by python-osc."""
    packet = client.recv(timeout=LIMIT_S)
    assert isinstance(packet, bytes)
    message = OscMessage(packet)
    return message.address, message.params


def refused(client: ClientConnection) -> str:
    """The next message, which is the answer to something that made no sense."""
    said = json.loads(client.recv(timeout=LIMIT_S))
    assert said["COMMAND"] == "ERROR"
    return str(said["DATA"])


# By HTTP


def test_browsers_get_the_page_and_programs_the_tree() -> None:
    """The same / by what is asked for; the files of the page are theirs in any case."""
    with osc_and_web() as (_, web):
        for accept in ({"Accept": BROWSER}, {"Accept": "text/html"}):
            status, headers, body = get(web, "/", **accept)
            assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert body.startswith(b"<!doctype html>")
        for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
            status, headers, body = get(web, "/", **accept)
            assert (status, headers["content-type"]) == (200, "application/json")
            assert json.loads(body)["FULL_PATH"] == "/"
        assert get(web, "/app.js")[1]["content-type"].startswith("text/javascript")
        assert get(web, "/?HTML")[1]["content-type"].startswith("text/html")
        assert json.loads(get(web, "/?HOST_INFO", Accept=BROWSER)[2])["WS_PORT"] == web.port
        assert json.loads(get(web, "/mer/arousal?TYPE", Accept=BROWSER)[2]) == {"TYPE": "f"}


def test_what_ossia_and_chataigne_send_is_answered() -> None:
    """Host without its port, Accept: */*, and a query right after the authority."""
    with osc_and_web() as (_, web):
        ossia = "Host: 127.0.0.1\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        for line, key in (("/", "CONTENTS"), ("/?HOST_INFO", "EXTENSIONS"), ("?HOST_INFO", "NAME")):
            status, headers, body = request(web, f"GET {line} HTTP/1.1\r\n{ossia}")
            assert status == 200
            assert key in json.loads(body)
            assert int(headers["content-length"]) == len(body)


def test_values_are_what_was_sent_last() -> None:
    """Nothing before the first message, then the bits that went out."""
    with osc_and_web() as (osc, web):
        assert json.loads(get(web, "/mer/arousal?VALUE")[2]) == {}
        osc.publish(make_estimate(3))
        sent = make_estimate(3).arousal
        (value,) = json.loads(get(web, "/mer/arousal?VALUE")[2])["VALUE"]
        assert value == pytest.approx(sent, abs=1e-7)
        assert json.loads(get(web, "/wek/inputs?VALUE")[2])["VALUE"][0] == pytest.approx(
            (sent + 1) / 2, abs=1e-6
        )


def test_what_has_no_content_has_no_body() -> None:
    """204 comes without length and type, 404 and 400 with a sentence."""
    with osc_and_web() as (_, web):
        status, headers, body = get(web, "/mer/reset?VALUE")
        assert (status, body) == (204, b"")
        assert not {"content-length", "content-type"} & set(headers)
        assert get(web, "/mer/nothing")[0] == 404
        assert get(web, "/mer/arousal?NONSENSE")[0] == 400


def test_the_rest_of_the_port_is_as_it_was() -> None:
    """Stream, health and metrics win over the tree, whatever the query."""
    with osc_and_web() as (_, web):
        with listen(web) as client:
            receive(client, "hello")
        assert get(web, "/ws?HOST_INFO")[0] == 426
        assert json.loads(get(web, "/healthz?HOST_INFO")[2])["reason"] == "no estimate yet"
        assert b"realtime_mer_up" in get(web, "/metrics")[2]


def test_without_a_tree_nothing_of_it_is_served() -> None:
    """A sink that was given none serves the page to everybody, and no WebSocket at /."""
    with web_sink() as web:
        assert get(web, "/")[1]["content-type"].startswith("text/html")
        assert get(web, "/mer/arousal")[0] == 404
        with pytest.raises(InvalidStatus), to(web):
            pass


# By WebSocket


def test_listeners_hear_what_udp_hears() -> None:
    """Byte for byte, in the same order, for the addresses listened to and no others."""
    addresses = {"/mer/arousal", "/mer/av", "/mer/mood", "/mer/status", "/wek/inputs"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(LIMIT_S)
        with osc_and_web([udp.getsockname()]) as (osc, web), to(web) as client:
            listen_to(web, client, *addresses)
            for number in range(5):
                osc.publish(make_estimate(number))
                osc.report(make_status(sequence=number))
                osc.send("/mer/mood", [f"mood {number}"])
                time.sleep(0.02)  # no faster than the outbox is deep
            datagrams = [udp.recv(65_536) for _ in range(5 * 9)]
            expected = [each for each in datagrams if OscMessage(each).address in addresses]
            assert len(expected) == 5 * len(addresses)
            assert [client.recv(timeout=LIMIT_S) for _ in expected] == expected


def test_listeners_hear_single_messages_where_udp_has_bundles() -> None:
    """A bundle holds addresses nobody asked for; here each message comes by itself."""
    with web_sink(query=make_query()) as web, to(web) as client:
        osc = OscSink([], routes=ROUTES, bundled=True, listener=web.take_osc)
        listen_to(web, client, "/mer/active", "/wek/inputs")
        osc.publish(make_estimate(0))
        assert [heard(client)[0] for _ in range(2)] == ["/mer/active", "/wek/inputs"]
        osc.close()


def test_many_messages_at_once_come_in_order_to_each_who_listens() -> None:
    """Three hundred in one go: each of two listeners has its own address, the last word of it."""
    with osc_and_web() as (_, web), to(web) as one, to(web) as two:
        listen_to(web, one, "/mer/arousal")
        listen_to(web, two, "/mer/valence")
        addresses = ("/mer/arousal", "/mer/valence", "/mer/level")
        web.take_osc([message(each, k) for k in range(100) for each in addresses])
        for client, address in ((one, "/mer/arousal"), (two, "/mer/valence")):
            said = [heard(client)]
            while said[-1] != (address, [99]):
                said.append(heard(client))
            assert {where for where, _ in said} == {address}
            numbers = [values[0] for _, values in said]
            assert numbers == sorted(set(numbers))


def test_ignore_ends_it() -> None:
    """After IGNORE the next that is heard is of another address."""
    with osc_and_web() as (osc, web), to(web) as client:
        listen_to(web, client, "/mer/arousal", "/mer/active")
        osc.publish(make_estimate(0))
        assert [heard(client)[0] for _ in range(2)] == ["/mer/arousal", "/mer/active"]
        say(client, "IGNORE", "/mer/arousal")
        until(lambda: wanted(web) == {"/mer/active"})
        for number in (1, 2):
            osc.publish(make_estimate(number))
            assert heard(client) == ("/mer/active", [1])


def test_each_listener_has_its_own_addresses() -> None:
    """On any path but the stream's; who has asked for nothing hears nothing."""
    with osc_and_web() as (osc, web), to(web, "mer") as one, to(web, "any/where") as two:
        until(lambda: metric(web, "oscquery_clients") == 2)
        listen_to(web, one, "/mer/valence")
        say(two, "LISTEN", "/mer")  # a container: nothing is sent there
        assert refused(two) == "Nothing is sent to '/mer'."
        say(two, "LISTEN", "/mer/reset")  # to be set only
        assert refused(two) == "Nothing is sent to '/mer/reset'."
        listen_to(web, two, "/mer/active")
        assert wanted(web) == {"/mer/valence", "/mer/active"}
        osc.publish(make_estimate(0))
        assert heard(one)[0] == "/mer/valence"
        assert heard(two)[0] == "/mer/active"
        assert web.clients() == 0  # they are no browsers


def test_listeners_are_told_when_there_are_other_addresses() -> None:
    """PATH_CHANGED comes as text; what stays is heard on, what went is forgotten."""
    query = make_query()
    with web_sink(query=query) as web, to(web) as client:
        osc = OscSink([], routes=ROUTES, listener=web.take_osc)
        listen_to(web, client, "/wek/inputs", "/mer/active")
        osc.publish(make_estimate(0))
        assert [heard(client)[0] for _ in range(2)] == ["/mer/active", "/wek/inputs"]
        new = [parse_route({"address": "/new/one", "source": "arousal"})]
        query.change(address_space(("arousal", "valence"), routes=new))
        osc.close()
        osc = OscSink([], routes=new, listener=web.take_osc)
        assert json.loads(client.recv(timeout=LIMIT_S)) == {"COMMAND": "PATH_CHANGED", "DATA": "/"}
        assert get(web, "/wek/inputs")[0] == 404
        assert json.loads(get(web, "/new/one?TYPE")[2]) == {"TYPE": "f"}
        assert json.loads(get(web, "/mer/active?VALUE")[2]) == {"VALUE": [1]}
        assert wanted(web) == {"/mer/active"}
        listen_to(web, client, "/new/one")
        osc.publish(make_estimate(1))
        assert [heard(client)[0] for _ in range(2)] == ["/mer/active", "/new/one"]
        osc.close()


def test_who_leaves_is_no_longer_written_to() -> None:
    """What nobody listens to is not handed over at all."""
    with osc_and_web() as (osc, web):
        with to(web) as client:
            listen_to(web, client, "/mer/arousal")
            osc.publish(make_estimate(0))
            heard(client)
        until(lambda: metric(web, "oscquery_clients") == 0)
        assert wanted(web) == set()
        osc.publish(make_estimate(1))


def test_osc_from_a_listener_is_control() -> None:
    """Binary frames go where control is taken, with the address they came from."""
    taken: list[tuple[bytes, str]] = []

    def take(packet: bytes, sender: str) -> list[str]:
        taken.append((packet, sender))
        return ["That cannot be."]

    with osc_and_web(take_control=take) as (_, web), to(web) as client:
        client.send(b"/mer/freeze\0,T\0\0")
        assert refused(client) == "That cannot be."
        assert taken == [(b"/mer/freeze\0,T\0\0", "127.0.0.1")]
    with osc_and_web() as (_, web), to(web) as client:
        client.send(b"/mer/freeze\0,T\0\0")
        assert "No control is taken" in refused(client)
        listen_to(web, client, "/mer/arousal")


@pytest.mark.parametrize("header", ["Origin", "X-Forwarded-For", "Via", "Forwarded"])
def test_neither_pages_nor_who_comes_by_a_proxy_control(header: str) -> None:
    """Both would count as this machine, which no packet of UDP could; they may listen."""
    taken: list[tuple[bytes, str]] = []
    with osc_and_web(take_control=lambda *packet: taken.append(packet)) as (_, web):
        value = web.url.rstrip("/") if header == "Origin" else "10.0.0.5"
        with to(web, additional_headers={header: value}) as client:
            client.send(b"/mer/freeze\0,T\0\0")
            listen_to(web, client, "/mer/arousal")
    assert taken == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(max_size=200) | st.binary(max_size=200))
def test_nothing_a_listener_says_harms_it(said: str | bytes, shared_sinks: Any) -> None:
    """Whatever comes is answered with an error and counted; the connection goes on to hear."""
    osc, web, _ = shared_sinks
    with to(web) as client:
        until(lambda: not wanted(web))  # whoever was before is gone
        before = metric(web, "web_misunderstood_total")
        client.send(said)
        assert refused(client)
        assert metric(web, "web_misunderstood_total") == before + 1
        listen_to(web, client, "/mer/active")
        osc.publish(make_estimate(0))
        assert heard(client) == ("/mer/active", [1])


@pytest.fixture(scope="module")
def shared_sinks() -> Iterator[tuple[OscSink, WebSink, None]]:
    """Sinks for many clients one after the other."""
    with osc_and_web() as (osc, web):
        yield osc, web, None


def test_a_program_may_listen_to_all_at_once_and_no_flood_is_taken() -> None:
    """Four commands for each address are taken in a burst; hundreds more end it with 1008."""
    with osc_and_web() as (osc, web), to(web) as client, to(web) as other:
        listen_to(web, client, *(4 * sorted(make_query().addresses)))
        osc.publish(make_estimate(0))
        assert heard(client)[0] == "/mer/arousal"
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (while it sends, or after)
            for _ in range(1000):
                say(client, "IGNORE", "/mer/arousal")
            while True:
                client.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1008
        listen_to(web, other, "/mer/arousal")
        osc.publish(make_estimate(1))
        assert heard(other)[0] == "/mer/arousal"


@pytest.mark.parametrize("said", ["x" * 2000, b"/" * 2000])
def test_a_message_that_is_too_long_ends_the_connection(said: str | bytes) -> None:
    """With the code for it: nobody needs more than a kilobyte to name an address."""
    with osc_and_web() as (_, web), to(web) as client:
        client.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_a_listener_that_never_reads_is_cut_off_alone() -> None:
    """Its queue stays short, the others hear everything, and in the end it is let go."""
    limits = Limits(stall_s=0.3, ping_s=30.0)
    with osc_and_web(limits=limits) as (osc, web), to(web) as good:
        listen_to(web, good, "/mer/active")
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            raw.settimeout(LIMIT_S)
            raw.connect(("127.0.0.1", web.port))
            raw.sendall(
                f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            assert b" 101 " in raw.recv(4096)
            command = b'{"COMMAND":"LISTEN","DATA":"/mer/mood"}'
            raw.sendall(bytes([0x81, 0x80 | len(command), 0, 0, 0, 0]) + command)
            until(lambda: "/mer/mood" in wanted(web))
            deadline = time.monotonic() + 2 * LIMIT_S
            while metric(web, "web_cut_off_total") == 0:
                assert time.monotonic() < deadline
                for _ in range(20):
                    osc.send("/mer/mood", ["x" * 8000])
        osc.publish(make_estimate(0))
        assert heard(good) == ("/mer/active", [1])
        assert metric(web, "web_dropped_total") > 0


# Who may


def test_the_token_guards_tree_and_values(caplog: pytest.LogCaptureFixture) -> None:
    """All of OSCQuery wants it, in the query or the header; the page still does not."""
    caplog.set_level(logging.DEBUG)
    quiet = logging.getLogger("the client's own")
    quiet.setLevel(logging.CRITICAL)
    with osc_and_web(token="open sesame") as (_, web):
        for path in ("/", "/mer/arousal?VALUE", "/?HOST_INFO", "/nothing"):
            assert get(web, path)[0] == 401
        assert get(web, "/", Accept=BROWSER)[0] == 200
        assert get(web, "/app.js")[0] == 200
        assert get(web, "/mer/arousal?TYPE&token=open+sesame")[0] == 200
        assert get(web, "/?token=open%20sesame")[1]["content-type"] == "application/json"
        assert get(web, "/?HOST_INFO", Authorization="Bearer open sesame")[0] == 200
        with pytest.raises(InvalidStatus) as refused, to(web, logger=quiet):
            pass
        assert refused.value.response.status_code == 401
        with to(web, "?token=open%20sesame", logger=quiet) as client:
            listen_to(web, client, "/mer/arousal")
    assert "sesame" not in caplog.text


def test_pages_from_elsewhere_get_nothing() -> None:
    """Neither by fetch nor by WebSocket, and no name re-pointed to this machine does."""
    with osc_and_web(origins=["http://localhost:5500"]) as (_, web):
        for origin in ("https://evil.example", "null"):
            assert get(web, "/mer/arousal", Origin=origin)[0] == 403
            with pytest.raises(InvalidStatus) as refused, to(web, origin=origin):  # type: ignore[arg-type]
                pass
            assert refused.value.response.status_code == 403
        for path in ("/", "/?HOST_INFO", "/mer/arousal"):
            assert get(web, path, host=f"evil.example:{web.port}")[0] == 403
        assert get(web, "/mer/arousal", Origin=web.url.rstrip("/"))[0] == 200
        with to(web, origin="http://localhost:5500") as client:  # type: ignore[arg-type]
            listen_to(web, client, "/mer/arousal")


def test_listeners_and_browsers_share_the_limit() -> None:
    """One client too many is told 503, whichever it is."""
    with osc_and_web(limits=Limits(clients=2)) as (_, web), to(web), listen(web):
        until(lambda: metric(web, "oscquery_clients") == 1 and web.clients() == 1)
        for another in (to, listen):
            with pytest.raises(InvalidStatus) as refused, another(web):
                pass
            assert refused.value.response.status_code == 503


def test_closing_says_goodbye_to_listeners() -> None:
    """With the code for it, within a second."""
    with web_sink(query=make_query()) as web, to(web) as client:
        begin = time.monotonic()
        web.close()
        assert time.monotonic() - begin < 1.5
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
