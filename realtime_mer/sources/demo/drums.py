"""The drums of the demo: struck once, whatever the note's length."""

from __future__ import annotations

import numpy as np

from realtime_mer.sources.demo.oscillators import (
    Signal,
    band,
    decay,
    envelope,
    faded,
    hertz,
    noise,
    oscillate,
    shaped,
    wavetable,
)

SINE = (1.0,)


def kick(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A bass drum: a sine that falls from 190 to 50 Hz, and a beater's click."""
    samples = int(0.4 * rate_hz)
    sweep = 50.0 + 140.0 * decay(0.14, samples, rate_hz)
    body = oscillate(wavetable(SINE), sweep.astype(np.float32), samples, rate_hz)
    click = shaped(noise(samples, 1), rate_hz, band(1_500, 7_000)) * decay(0.025, samples, rate_hz)
    struck = np.tanh(1.6 * body * decay(0.45, samples, rate_hz)) + 0.3 * click
    return faded(struck.astype(np.float32), rate_hz, 0.0005, 0.05)


def snare(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A snare drum: two modes of the skin and the wires' noise."""
    samples = int(0.34 * rate_hz)
    skin = oscillate(wavetable(SINE), 186.0, samples, rate_hz)
    skin = skin + 0.6 * oscillate(wavetable(SINE), 331.0, samples, rate_hz)
    wires = shaped(noise(samples, 2), rate_hz, band(900, 9_500)) * decay(0.36, samples, rate_hz)
    struck = 0.7 * skin * decay(0.16, samples, rate_hz) + 0.8 * wires
    return faded(np.tanh(1.3 * struck).astype(np.float32), rate_hz, 0.0005, 0.03)


def hat(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A closed hi-hat."""
    samples = int(0.12 * rate_hz)
    hiss = shaped(noise(samples, 7), rate_hz, band(7_000, 15_000)) * decay(0.1, samples, rate_hz)
    return faded(0.9 * hiss, rate_hz, 0.0005, 0.02)


def clap(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """Hands, not quite together."""
    samples = int(0.22 * rate_hz)
    hiss = shaped(noise(samples, 3), rate_hz, band(900, 4_500))
    hands = np.zeros(samples, dtype=np.float32)
    for delay_s, ring_s in ((0.0, 0.03), (0.011, 0.03), (0.021, 0.2)):
        begin = int(delay_s * rate_hz)
        hands[begin:] += decay(ring_s, samples - begin, rate_hz)
    return faded(0.7 * hiss * hands, rate_hz, 0.0005, 0.03)


def shaker(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A tambourine or shaker: a short, high hiss."""
    samples = int(0.09 * rate_hz)
    hiss = shaped(noise(samples, 4), rate_hz, band(6_000, 14_000))
    shape = [(0, 0.0), (0.012, 1.0), (0.09, 0.0)]
    return 0.5 * hiss * envelope(shape, samples, rate_hz) ** 2


def crash(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A crash cymbal."""
    samples = int(2.2 * rate_hz)
    hiss = shaped(noise(samples, 5), rate_hz, band(3_000, 13_000))
    return faded(0.6 * hiss * decay(2.4, samples, rate_hz), rate_hz, 0.001, 0.2)


def tom(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A tom-tom, tuned by the pitch."""
    samples = int(0.5 * rate_hz)
    sweep = hertz(pitch) * (1 + 0.5 * decay(0.12, samples, rate_hz))
    body = oscillate(wavetable((1.0, 0.2)), sweep.astype(np.float32), samples, rate_hz)
    return faded(body * decay(0.55, samples, rate_hz), rate_hz, 0.001, 0.05)
