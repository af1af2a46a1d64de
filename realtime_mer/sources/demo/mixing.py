"""From notes to sound: the players on a stage, the room around them, the master level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from realtime_mer.sources.base import Block
from realtime_mer.sources.demo.oscillators import Signal, band, decay, noise, shaped
from realtime_mer.sources.demo.scenes import SCENES
from realtime_mer.sources.demo.score import Part, Scene
from realtime_mer.sources.demo.voices import VOICES

REVERB_S = 2.2
ROOM_RATE_HZ = 44_100
TAIL_S = 4.0
"""What may ring on after a scene's last beat: a release, then the room."""

FADE_S = 1.5
"""The last chord dies away within this time, so that the next round begins out of silence."""

HUMAN_TIMING_S = 0.004
HUMAN_VELOCITY = 0.06
CEILING = 0.97
DRIVEN_LEVEL = 0.3  # dense sound is loud enough far below full scale


@dataclass(frozen=True, slots=True)
class Section:
    """Where a scene lies in the performance.

    Attributes:
        name: the mood it is meant to have.
        start_s: its beginning.
        end_s: its end, which is the next one's beginning.
    """

    name: str
    start_s: float
    end_s: float


def _sections() -> tuple[Section, ...]:
    sections, start_s = [], 0.0
    for scene in SCENES:
        sections.append(Section(scene.name, start_s, start_s + scene.duration_s))
        start_s += scene.duration_s
    return tuple(sections)


SECTIONS = _sections()
"""The sections in order, without a gap."""

DURATION_S = SECTIONS[-1].end_s
"""Length of the whole performance, after which it begins again."""


def render_scenes(rate_hz: int) -> Iterator[Block]:
    """Yield the performance scene by scene, each when it is asked for.

    What rings on after a scene sounds on in the next; the last one fades into silence.

    Yields:
        float32 ``[samples, 2]`` within ±1.
    """
    tail = np.zeros((0, 2), dtype=np.float32)
    for number, (scene, section) in enumerate(zip(SCENES, SECTIONS, strict=True)):
        samples = round(section.end_s * rate_hz) - round(section.start_s * rate_hz)
        played = render_scene(scene, samples, rate_hz, seed=number)
        played[: len(tail)] += tail
        tail = played[samples:].copy()
        if number == len(SCENES) - 1:
            fade = round(FADE_S * rate_hz)
            played[samples - fade : samples] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
        yield limited(played[:samples])


def render_scene(scene: Scene, samples: int, rate_hz: int, seed: int) -> Block:
    """Return a scene with its tail, float32 ``[samples + tail, 2]``, not yet limited."""
    length = samples + round(TAIL_S * rate_hz)
    dry = np.zeros((2, length), dtype=np.float32)
    send = np.zeros(length, dtype=np.float32)
    notes: dict[tuple[str, float, float], Signal] = {}
    human = np.random.default_rng(seed)
    for part in scene.parts():
        _play(part, scene, rate_hz, dry, send, notes, human)
    mix = np.ascontiguousarray((dry + reverberated(send, rate_hz)).T)
    return driven(mix, scene.drive) if scene.drive else mix


def driven(block: Block, drive: float) -> Block:
    """Return the block pressed against :data:`DRIVEN_LEVEL`, dense and of even loudness."""
    pressed: Block = np.float32(DRIVEN_LEVEL) * np.tanh(np.float32(drive) * block)
    return pressed


def _play(
    part: Part,
    scene: Scene,
    rate_hz: int,
    dry: NDArray[np.float32],
    send: Signal,
    notes: dict[tuple[str, float, float], Signal],
    human: np.random.Generator,
) -> None:
    """Add a part to the mix; the same note of a scene is made only once."""
    beat_s = 60.0 / scene.tempo_bpm
    angle = (part.pan + 1) * np.pi / 4  # equal power across the stage
    left, right = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    delays_s = np.abs(human.normal(0, HUMAN_TIMING_S, len(part.notes)))
    touches = 1 + human.normal(0, HUMAN_VELOCITY, len(part.notes))
    for note, delay_s, touch in zip(part.notes, delays_s, touches, strict=True):
        key = (part.voice, note.pitch, note.length_beats)
        if key not in notes:
            notes[key] = VOICES[part.voice](note.pitch, note.length_beats * beat_s, rate_hz)
        begin = round((note.start_beats * beat_s + delay_s) * rate_hz)
        signal = notes[key][: max(0, len(send) - begin)]
        signal = signal * np.float32(part.gain * note.velocity * touch)
        span = slice(begin, begin + len(signal))
        dry[0, span] += left * signal
        dry[1, span] += right * signal
        send[span] += np.float32(part.send) * signal


@lru_cache(maxsize=2)
def room(rate_hz: int) -> tuple[int, NDArray[np.complex64]]:
    """Return the spectra of a room's two impulse responses, and the length they are for.

    A room is noise that dies away, its treble sooner than its bass, after a short silence. It
    is the same room at every rate: it is made at one, and its spectrum cut or filled up.
    """
    samples = round(REVERB_S * ROOM_RATE_HZ)
    size = 1 << (2 * round(REVERB_S * rate_hz)).bit_length()
    low = decay(2.2, samples, ROOM_RATE_HZ)
    high = decay(1.0, samples, ROOM_RATE_HZ)
    responses = []
    for seed in (101, 102):
        response = low * shaped(noise(samples, seed), ROOM_RATE_HZ, band(150, 1_500))
        response += high * shaped(noise(samples, seed), ROOM_RATE_HZ, band(1_500, 7_000))
        response[: round(0.012 * ROOM_RATE_HZ)] = 0.0
        response *= 1.4 / np.sqrt(np.sum(response**2))
        if rate_hz != ROOM_RATE_HZ:
            response = np.fft.irfft(np.fft.rfft(response), round(REVERB_S * rate_hz))
        responses.append(np.fft.rfft(response, size))
    return size, np.array(responses, dtype=np.complex64)


def reverberated(signal: Signal, rate_hz: int) -> NDArray[np.float32]:
    """Return a signal in the room, float32 ``[2, samples]``, by overlap-add."""
    size, responses = room(rate_hz)
    step = size - round(REVERB_S * rate_hz)
    wet = np.zeros((2, len(signal) + size), dtype=np.float32)
    for begin in range(0, len(signal), step):
        spectrum = np.fft.rfft(signal[begin : begin + step], size)
        wet[:, begin : begin + size] += np.fft.irfft(spectrum * responses, size)
    return wet[:, : len(signal)]


def limited(block: Block) -> Block:
    """Return the block with its peaks bent smoothly below the ceiling."""
    knee = np.float32(0.75)
    room_above = np.float32(CEILING) - knee
    over = np.abs(block) - knee
    bent = np.sign(block) * (knee + room_above * np.tanh(np.maximum(over, 0) / room_above))
    return np.where(over > 0, bent, block).astype(np.float32)
