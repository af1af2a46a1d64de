"""The many clients of a benchmark: they see what any client sees."""

from __future__ import annotations

import threading
import time
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from support.estimates import make_estimate, make_status
from support.web import metric, until, web_sink
from websockets.frames import Frame, Opcode

from benchmarks.crowd import Crowd, Frames
from realtime_mer.sinks.web.clients import Limits

OPCODES = (Opcode.TEXT, Opcode.PING)


@given(
    st.lists(st.tuples(st.sampled_from(OPCODES), st.integers(0, 400)), max_size=6),
    st.integers(0, 1),
    st.randoms(use_true_random=False),
)
def test_frames_are_found_however_they_were_read(
    sizes: list[tuple[Opcode, int]], long: int, random: Random
) -> None:
    """Cut anywhere, each frame comes once, whole and in order, as long as it may be."""
    wanted = [(opcode, bytes([k]) * size) for k, (opcode, size) in enumerate(sizes)]
    wanted += [(Opcode.TEXT, bytes(70_000))] * long
    wire = b"".join(
        Frame(opcode, body if opcode is Opcode.TEXT else body[:125]).serialize(mask=False)
        for opcode, body in wanted
    )
    frames, found = Frames(), []
    while wire:
        cut = random.randint(1, 1 + len(wire) // 2)
        found += frames.take(wire[:cut])
        wire = wire[cut:]
    assert found == [
        (opcode, body if opcode is Opcode.TEXT else body[:125]) for opcode, body in wanted
    ]


def test_a_crowd_gets_what_is_published_and_answers_the_keep_alive() -> None:
    """Thirty clients over two keep-alives: each estimate once to each, and none is cut off."""
    with web_sink(limits=Limits(ping_s=1.0)) as sink:
        crowd = Crowd("127.0.0.1", sink.port, 30)
        listening = threading.Thread(target=crowd.listen)
        listening.start()
        until(lambda: sink.clients() == 30)
        began = time.monotonic()
        for k in range(20):
            sink.publish(make_estimate(k))
            sink.report(make_status(sequence=k))
            time.sleep(0.13)
        assert metric(sink, "web_cut_off_total") == 0
        sink.close()
        listening.join(10)
    assert sorted(number for (_, number), _ in crowd.arrivals) == [
        k for k in range(20) for _ in range(30)
    ]
    assert all(began <= moment <= time.monotonic() for _, moment in crowd.arrivals)
