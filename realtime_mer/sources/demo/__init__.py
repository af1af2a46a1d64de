"""A performance of a minute and a half, synthesised, that travels through all four quadrants.

It is played when there is no microphone, so that the whole way from sound to picture can be
seen moving anywhere: calm, joyful, tense, sad, and from the beginning again. Every run makes
the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from realtime_mer.sources.base import Block, Deliver, Ended
from realtime_mer.sources.demo.mixing import DURATION_S, SECTIONS, Section, render_scenes
from realtime_mer.sources.playing import Player, block_samples, checked_speed, picked_columns

__all__ = ["DEMO_RATE_HZ", "DURATION_S", "SECTIONS", "Demo", "Section", "render_demo"]

DEMO_RATE_HZ = 44_100
DEMO_CHANNELS = 2


def render_demo(rate_hz: int = DEMO_RATE_HZ) -> Block:
    """Return the whole performance once, float32 ``[samples, 2]`` within ±1."""
    return np.concatenate(list(render_scenes(rate_hz)))


class Demo:
    """Plays the performance, scene by scene as each is needed, over and over.

    Args:
        speed: 1 for its own speed, ``math.inf`` for as fast as it goes, and then only once.
        channels: channels to deliver, 0-based; None for both.

    Raises:
        UserError: the speed is not above 0, or a channel is beyond the two.
    """

    name = "demo"
    rate_hz = DEMO_RATE_HZ
    live = False

    def __init__(self, speed: float = 1.0, channels: tuple[int, ...] | None = None) -> None:
        speed = checked_speed(speed)
        endless = speed != float("inf")
        blocks = _blocks(block_samples(self.rate_hz, speed), endless)
        blocks, self.channels = picked_columns(blocks, channels, DEMO_CHANNELS, self.name)
        self._player = Player(blocks, self.rate_hz, speed, "demo")

    def start(self, deliver: Deliver, ended: Ended) -> None:
        """Begin to play; paced, it never ends by itself."""
        self._player.start(deliver, ended)

    def drops(self) -> int:
        """Return 0: nothing is lost."""
        return 0

    def close(self) -> None:
        """Stop."""
        self._player.close()


def _blocks(size: int, endless: bool) -> Iterator[Block]:
    """Yield the performance in blocks; what has been rendered is kept for the next round."""
    scenes = []
    for scene in made_ahead(render_scenes(DEMO_RATE_HZ)):
        scenes.append(scene)
        yield from _split(scene, size)
    while endless:
        for scene in scenes:
            yield from _split(scene, size)


def made_ahead(scenes: Iterator[Block]) -> Iterator[Block]:
    """Yield scenes, each made in the background while the one before it is played."""
    with ThreadPoolExecutor(1, "demo scenes") as background:
        waiting = background.submit(next, scenes, None)
        while (scene := waiting.result()) is not None:
            waiting = background.submit(next, scenes, None)
            yield scene


def _split(samples: Block, size: int) -> Iterator[Block]:
    for begin in range(0, len(samples), size):
        yield samples[begin : begin + size]
