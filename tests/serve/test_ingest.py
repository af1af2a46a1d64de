"""Clients that send sound to a real server on this machine."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import numpy as np
import pytest
from support.tiny_model import write_tiny_model
from support.web import get, hello, metric, until, web_sink
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from realtime_mer.model import EmotionModel, load_model
from realtime_mer.serve.hall import QUEUE_S
from realtime_mer.serve.ingest import Ingest
from realtime_mer.serve.visitor import Rules
from realtime_mer.sinks.web import WebSink
from realtime_mer.streams import ManyTracker
from realtime_mer.tracker import Tracker

RATE_HZ = 8_000
FAST = Rules(speed=float("inf"), idle_s=20.0)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmotionModel:
    """A small model."""
    return load_model(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"), "cpu")


@contextmanager
def serving(
    model: EmotionModel, rules: Rules = FAST, most: int = 16, **options: Any
) -> Iterator[tuple[WebSink, Ingest]]:
    """A server that takes sound."""
    ingest = Ingest(ManyTracker(model, queue_s=QUEUE_S), hello(), most=most, rules=rules)
    with web_sink(way_in=ingest, **options) as sink:
        yield sink, ingest


def client(sink: WebSink, query: str = "", **options: Any) -> ClientConnection:
    """Connect as a program does."""
    url = sink.url.replace("http", "ws", 1) + "ingest" + query
    return connect(url, compression=None, open_timeout=10, close_timeout=1, **options)


def begin(stream: ClientConnection, **changes: Any) -> dict[str, Any]:
    """Say the format and return the hello."""
    stream.send(json.dumps({"type": "format", "rate_hz": RATE_HZ} | changes))
    return heard(stream)


def heard(stream: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message = json.loads(stream.recv(timeout=20))
    assert isinstance(message, dict)
    return message


def rest(stream: ClientConnection) -> list[dict[str, Any]]:
    """All messages until the server closes."""
    found = []
    try:
        while True:
            found.append(heard(stream))
    except ConnectionClosed:
        return found


def send_for_ever(stream: ClientConnection) -> None:
    """Send silence and take nothing, until the server has had enough."""
    for _ in range(20_000):
        stream.send(bytes(60_000))


def music(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise in 16 bits, each seed another."""
    noise = np.random.default_rng(seed).normal(0, 3000, round(RATE_HZ * seconds))
    return noise.astype("<i2")


def alone(model: EmotionModel, samples: np.ndarray) -> list[tuple[float, float]]:
    """What a tracker of its own says."""
    tracker = Tracker(RATE_HZ, model)
    block = samples.astype(np.float32) / 32_768
    return [(e.arousal, e.valence) for e in [*tracker.feed(block), *tracker.flush()]]


def test_each_client_gets_the_estimates_of_its_own_sound(tiny: EmotionModel) -> None:
    """Several at once, in blocks of other lengths: each as if alone, whole and in order."""
    lengths = (800, 333, 4096)
    with serving(tiny) as (sink, ingest), ExitStack() as stack:
        streams = [stack.enter_context(client(sink)) for _ in lengths]
        sounds = [music(4.3, seed) for seed in range(len(lengths))]
        for number, stream in enumerate(streams):
            assert begin(stream, name=f"client {number}")["device"]["name"] == f"client {number}"
        longest = max(map(len, sounds))
        for start in range(0, longest, 800):
            for stream, sound, length in zip(streams, sounds, lengths, strict=True):
                stretch = sound[start : start + 800]
                for first in range(0, len(stretch), length):
                    stream.send(stretch[first : first + length].tobytes())
        for stream, sound in zip(streams, sounds, strict=True):
            stream.send('{"type": "end"}')
            said = rest(stream)
            assert [m["type"] for m in said] == ["estimate"] * 9 + ["ended"]
            assert [m["sequence"] for m in said[:-1]] == list(range(9))
            assert said[-1]["sound_s"] == 4.3
            values = [(m["arousal"], m["valence"]) for m in said[:-1]]
            np.testing.assert_allclose(values, alone(tiny, sound), rtol=0, atol=2e-5)
            assert stream.close_code == 1000
        until(lambda: len(ingest) == 0)
        assert metric(sink, "ingest_streams_total") == 3
        assert metric(sink, "ingest_estimates_total") == 27
        assert metric(sink, "up") == 1


def test_those_that_are_due_share_a_call(tiny: EmotionModel) -> None:
    """Steps that end within a few milliseconds go through the model together."""
    with serving(tiny) as (sink, ingest), ExitStack() as stack:
        streams = [stack.enter_context(client(sink)) for _ in range(12)]
        for stream in streams:
            begin(stream)
        before = metric(sink, "ingest_calls_total")
        block = music(0.6).tobytes()
        for stream in streams:
            stream.send(block)
        for stream in streams:
            assert heard(stream)["sequence"] == 0
        assert metric(sink, "ingest_calls_total") - before < 12
        assert ingest.estimates == 12


@pytest.mark.parametrize(
    ("first", "remedy"),
    [
        (b"\0\0", "The format comes first"),
        ('{"type": "end"}', "The format comes first"),
        ('{"type": "format", "rate_hz": 1}', "8000 to 192000"),
        ("nonsense", "not JSON"),
    ],
)
def test_who_makes_no_sense_is_told_and_sent_away(
    tiny: EmotionModel, first: str | bytes, remedy: str
) -> None:
    """One sentence, then the end, with the code for it; the server goes on."""
    with serving(tiny) as (sink, ingest):
        with client(sink) as stream:
            stream.send(first)
            (said,) = rest(stream)
            assert said["type"] == "error"
            assert remedy in said["message"]
            assert stream.close_code == 1008
        until(lambda: len(ingest) == 0)
        with client(sink) as stream:
            begin(stream)
            stream.send(b"\0\0\0")
            assert "no whole number of samples" in rest(stream)[-1]["message"]
        assert metric(sink, "ingest_misunderstood_total") == 2


def test_the_format_stays_and_a_piece_may_begin_anew(tiny: EmotionModel) -> None:
    """A second format is refused; reset forgets the music and not the time; ping is answered."""
    with serving(tiny) as (sink, _), client(sink) as stream:
        begin(stream)
        sound = music(1.0)
        stream.send(sound.tobytes())
        first = [heard(stream) for _ in range(2)]
        stream.send('{"type": "reset"}')
        stream.send('{"type": "ping", "id": 3}')
        assert heard(stream) == {"type": "pong", "schema": 1, "id": 3}
        stream.send(sound.tobytes())
        second = [heard(stream) for _ in range(2)]
        assert [m["sequence"] for m in second] == [2, 3]
        assert second[1]["arousal"] == pytest.approx(first[1]["arousal"], abs=0.05)
        stream.send(json.dumps({"type": "format", "rate_hz": RATE_HZ}))
        assert "stays as it was" in rest(stream)[-1]["message"]


def test_who_sends_nothing_is_sent_away(tiny: EmotionModel) -> None:
    """Neither silence of the line nor pings keep a place."""
    with serving(tiny, Rules(speed=2.0, idle_s=0.6)) as (sink, ingest):
        with client(sink) as mute, client(sink) as chatty:
            begin(chatty)
            begun_s = time.monotonic()
            while chatty.close_code is None and time.monotonic() - begun_s < 10:
                try:
                    chatty.send('{"type": "ping"}')
                    time.sleep(0.1)
                except ConnectionClosed:
                    break
            assert "No sound came for 0.6 s" in rest(chatty)[-1]["message"]
            assert "No sound" in rest(mute)[-1]["message"]
        until(lambda: len(ingest) == 0)
        assert metric(sink, "ingest_idle_total") == 2


@pytest.mark.e2e
def test_sound_that_comes_too_fast_is_held_up(tiny: EmotionModel) -> None:
    """Beyond what may come at once it is heard at its pace, all of it, and the sender waits."""
    rules = Rules(speed=8.0, idle_s=30.0)
    with serving(tiny, rules) as (sink, _), client(sink) as stream:
        begin(stream)
        sound = music(48.0)
        begun_s = time.monotonic()
        for start in range(0, len(sound), RATE_HZ):
            stream.send(sound[start : start + RATE_HZ].tobytes())
        stream.send('{"type": "end"}')
        said = rest(stream)
        took_s = time.monotonic() - begun_s
        assert [m["sequence"] for m in said[:-1]] == list(range(96))
        assert took_s >= (48.0 - 4 * 8.0) / 8.0 - 0.1  # four seconds of the clock at once
        assert metric(sink, "ingest_held_up_total") > 0


@pytest.mark.e2e
def test_who_talks_instead_of_playing_is_sent_away(tiny: EmotionModel) -> None:
    """Text comes in small numbers; empty messages of sound are held up as if they were some."""
    with serving(tiny, Rules(speed=0.5)) as (sink, ingest):
        with client(sink) as stream:
            begin(stream)
            with suppress(ConnectionClosed):
                for _ in range(150):
                    stream.send('{"type": "ping"}')
            assert "no sound" in rest(stream)[-1]["message"]
        with client(sink) as stream:
            begin(stream)
            with suppress(ConnectionClosed):
                for _ in range(20_000):
                    stream.send(b"")
            until(lambda: ingest.tally.held_up > 0)


@pytest.mark.e2e
def test_who_takes_no_results_is_not_kept(
    tiny: EmotionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its results are bounded, it is read no further, and after a while it is cut off."""
    monkeypatch.setattr("realtime_mer.serve.replies.SEND_S", 0.5)
    with serving(tiny) as (sink, ingest):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.connect(("127.0.0.1", sink.port))
        with client(sink, sock=raw, max_queue=1) as stream:
            stream.send(json.dumps({"type": "format", "rate_hz": RATE_HZ}))
            raw.settimeout(20)
            with pytest.raises((ConnectionClosed, OSError)):
                send_for_ever(stream)
            until(lambda: len(ingest) == 0)
        assert ingest.tally.cut_off == 1
        assert ingest.estimates < 10_000


def test_there_is_room_for_so_many(tiny: EmotionModel) -> None:
    """The next is told to come later; when one goes there is room again."""
    with serving(tiny, most=2) as (sink, ingest), client(sink) as first:
        begin(first)
        with client(sink) as second:
            begin(second)
            with pytest.raises(InvalidStatus) as refused, client(sink):
                pass
            assert refused.value.response.status_code == 503
        until(lambda: len(ingest) == 1)
        with client(sink) as third:
            assert begin(third)["type"] == "hello"


def test_long_messages_end_the_connection(tiny: EmotionModel) -> None:
    """Beyond 64 KiB nothing is taken in."""
    with serving(tiny) as (sink, ingest):
        with client(sink) as stream:
            begin(stream)
            stream.send(bytes(65_538))
            rest(stream)
            assert stream.close_code == 1009
        until(lambda: len(ingest) == 0)


def test_the_door_is_that_of_the_page(tiny: EmotionModel) -> None:
    """Token, origin and host are asked for as on ``/ws``; without upgrade there is nothing."""
    with serving(tiny, token="secret") as (sink, _):
        for query, options in (
            ("", {}),
            ("?token=wrong", {}),
            ("?token=secret", {"additional_headers": {"Origin": "http://evil.example"}}),
        ):
            with pytest.raises(InvalidStatus) as refused, client(sink, query, **options):
                pass
            assert refused.value.response.status_code in (401, 403)
        with client(sink, "?token=secret") as stream:
            assert begin(stream)["type"] == "hello"
        assert get(sink, "/ingest")[0] == 426
    with web_sink() as sink, pytest.raises(InvalidStatus) as refused, client(sink):
        pass
    assert refused.value.response.status_code in (400, 404)


def test_health_says_when_the_machine_is_too_slow(
    tiny: EmotionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is well without streams, and not when steps wait for a second."""
    with serving(tiny) as (sink, ingest):
        status, _, body = get(sink, "/healthz")
        assert status == 200
        assert json.loads(body) == {"ok": True, "reason": "", "estimates": 0, "streams": 0}
        monkeypatch.setattr(ingest._hall, "longest_wait_s", lambda now_s: 1.5)
        status, _, body = get(sink, "/healthz")
        assert status == 503
        assert "too slow" in json.loads(body)["reason"]


@pytest.mark.e2e
def test_a_hundred_come_and_go(tiny: EmotionModel) -> None:
    """Places are given again and again, nothing of a stream is left for the next."""
    sound = music(1.0, 7)
    expected = alone(tiny, sound)

    async def one(url: str) -> list[tuple[float, float]]:
        from websockets.asyncio.client import connect as connect_async

        async with connect_async(url, compression=None) as stream:
            await stream.send(json.dumps({"type": "format", "rate_hz": RATE_HZ}))
            await stream.send(sound.tobytes())
            await stream.send('{"type": "end"}')
            said = [json.loads(text) async for text in stream]
        return [(m["arousal"], m["valence"]) for m in said if m["type"] == "estimate"]

    async def all_of_them(url: str) -> list[list[tuple[float, float]]]:
        found = []
        for _ in range(5):
            found += await asyncio.gather(*(one(url) for _ in range(20)))
        return found

    with serving(tiny, most=20) as (sink, ingest):
        url = sink.url.replace("http", "ws", 1) + "ingest"
        for values in asyncio.run(all_of_them(url)):
            np.testing.assert_allclose(values, expected, rtol=0, atol=2e-5)
        until(lambda: len(ingest) == 0)
        assert ingest.tally.streams == 100
