"""Addresses of brokers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.broker import DEFAULT_TOPIC, Broker, parse_broker
from realtime_mer.errors import UserError

NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())


@pytest.mark.parametrize(
    ("text", "broker"),
    [
        ("mqtt://broker.local", Broker("broker.local", 1883, DEFAULT_TOPIC)),
        ("mqtt://broker.local/", Broker("broker.local", 1883, DEFAULT_TOPIC)),
        ("mqtts://broker.local/a", Broker("broker.local", 8883, "a", tls=True)),
        ("mqtt://10.0.0.5:1884/stage/left/", Broker("10.0.0.5", 1884, "stage/left")),
        ("mqtt://[::1]:1884/a", Broker("::1", 1884, "a")),
        ("MQTT://me@host/a", Broker("host", 1883, "a", user="me")),
        ("mqtt://me:p%40ss%3a@host/a%20b", Broker("host", 1883, "a b", False, "me", "p@ss:")),
    ],
)
def test_an_address_has_its_parts(text: str, broker: Broker) -> None:
    """Host, port, topic, and who comes; what is left out has its usual value."""
    assert parse_broker(text) == broker


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("broker.local", "write mqtt://HOST/TOPIC"),
        ("http://broker.local/mer", "write mqtt://HOST/TOPIC"),
        ("mqtt:broker", "write mqtt://HOST/TOPIC"),
        ("mqtt:///mer", "names no host"),
        ("mqtt://a b/mer", "names no host"),
        ("mqtt://" + "a" * 80 + ".b/mer", "names no host"),
        ("mqtt://host:0/mer", "port of 1|write one of 1"),
        ("mqtt://host:70000/mer", "port of 1 to 65535"),
        ("mqtt://host:x/mer", "port of 1 to 65535"),
        ("mqtt://[::1/mer", "no address of a broker"),
        ("mqtt://host/a/+/b", "nobody can publish to"),
        ("mqtt://host/%23", "nobody can publish to"),
        ("mqtt://host/$SYS/a", "nobody can publish to"),
        ("mqtt://host/mer?qos=1", "%3F and %23"),
        ("mqtt://host/#", "%3F and %23"),
        ("mqtt://host/" + "é" * 101, "too long"),
        ("mqtt://:secret@host/mer", "a password and no user"),
    ],
)
def test_what_is_none_gets_a_sentence(text: str, said: str) -> None:
    """What is wrong is said, and how to write it."""
    with pytest.raises(UserError, match=said):
        parse_broker(text)


@pytest.mark.parametrize(
    "text", ["mqtt://me:secret@host:x/a", "mqtt://me:se@cret@/a", "x:y:secret@"]
)
def test_no_sentence_shows_a_password(text: str) -> None:
    """An error may be filmed, or pasted into a question."""
    with pytest.raises(UserError) as error:
        parse_broker(text)
    assert "cret" not in str(error.value)


def test_what_people_read_has_no_password() -> None:
    """Neither the text nor the representation of an address has one."""
    broker = parse_broker("mqtts://me:secret@host/a")
    assert str(broker) == "mqtts://host:8883/a"
    assert "secret" not in repr(broker)


@given(
    user=st.none() | NAMES, password=NAMES, topic=NAMES, port=st.integers(1, 65_535),
    tls=st.booleans(), host=st.sampled_from(["a.local", "10.0.0.1", "::1"]),
)  # fmt: skip
def test_the_url_of_a_broker_is_read_back(
    user: str | None, password: str, topic: str, port: int, tls: bool, host: str
) -> None:
    """Whatever a name is made of, the URL says it so that the same broker is meant."""
    topic = topic.strip("/ $").replace("+", "").replace("#", "") or "x"
    broker = Broker(host, port, topic, tls, user, password if user else None)
    assert parse_broker(broker.url) == broker


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"mqtt://{text}"))
def test_any_text_is_a_broker_or_gets_a_sentence(text: str) -> None:
    """Nothing a person can type makes the parser fall over."""
    try:
        broker = parse_broker(text)
    except UserError:
        return
    assert parse_broker(broker.url) == broker
