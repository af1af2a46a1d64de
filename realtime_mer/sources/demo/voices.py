"""The instruments of the demo: each makes one note, one channel, about ±1 at its loudest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from realtime_mer.sources.demo.drums import clap, crash, hat, kick, shaker, snare, tom
from realtime_mer.sources.demo.oscillators import (
    Signal,
    band,
    decay,
    envelope,
    faded,
    harmonics,
    hertz,
    noise,
    oscillate,
    shaped,
    wavetable,
)

Voice = Callable[[float, float, int], Signal]
"""``(pitch, length_s, rate_hz)`` to samples; the release comes after the length."""

SINE = (1.0,)


def pad(pitch: float, length_s: float, rate_hz: int, darkness: float = 1.6) -> Signal:
    """Soft strings: three detuned, mellow waves that swell and fade."""
    release_s = 1.6
    samples = int((length_s + release_s) * rate_hz)
    base = hertz(pitch)
    table = wavetable(harmonics(base, lambda k: k**-darkness / (1 + (base * k / 2_500) ** 2)))
    tone = sum(
        (
            oscillate(table, base * 2 ** (cents / 1200), samples, rate_hz, phase)
            for cents, phase in ((-7.0, 0.0), (0.5, 0.37), (6.0, 0.71))
        ),
        start=np.zeros(samples, dtype=np.float32),
    )
    swell_s = min(0.9, length_s / 2)
    shape = [(0, 0), (swell_s, 1), (length_s, 0.85), (length_s + release_s, 0)]
    return 0.3 * tone * envelope(shape, samples, rate_hz) ** 2


def dark_pad(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """Low strings with hardly an overtone."""
    return pad(pitch, length_s, rate_hz, darkness=2.6)


def plucked(pitch: float, length_s: float, rate_hz: int, brightness: float = 1.0) -> Signal:
    """A nylon string: the higher a partial, the sooner it is gone."""
    base = hertz(pitch)
    ring_s = 2.6 * (220.0 / base) ** 0.35
    samples = int(min(length_s + 0.25, ring_s) * rate_hz)
    # Plucked at a fifth of the string: every fifth partial is missing.
    spectrum = harmonics(base, lambda k: abs(np.sin(np.pi * k / 5)) * k ** (-1.7 / brightness))
    signal = np.zeros(samples, dtype=np.float32)
    for low, high, share in ((0, 2, 1.0), (2, 5, 0.5), (5, 12, 0.22), (12, 64, 0.1)):
        part = tuple(a if low <= k < high else 0.0 for k, a in enumerate(spectrum))
        if any(part):
            wave = oscillate(wavetable(part), base, samples, rate_hz)
            signal += wave * decay(ring_s * share, samples, rate_hz)
    return faded(0.8 * signal, rate_hz, 0.001, 0.12)


def steel(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A brighter string, strummed."""
    return plucked(pitch, length_s, rate_hz, brightness=1.7)


def piano(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A felt piano: stretched partials, a soft hammer, a damper at the end."""
    base = hertz(pitch)
    samples = int((length_s + 0.5) * rate_hz)
    ring_s = 6.0 * (130.0 / base) ** 0.4
    signal = np.zeros(samples, dtype=np.float32)
    for k in range(1, 9):
        partial = k * base * (1 + 0.0004 * k * k) ** 0.5
        if partial < 5_000:
            wave = oscillate(wavetable(SINE), partial, samples, rate_hz, 0.13 * k)
            signal += k**-1.5 * wave * decay(ring_s / (1 + 0.35 * k), samples, rate_hz)
    return faded(0.6 * signal, rate_hz, 0.006, 0.45)


def bell(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A glockenspiel: a bar's partials, which are no harmonics."""
    base = hertz(pitch)
    samples = int(max(length_s, 0.9) * rate_hz)
    signal = np.zeros(samples, dtype=np.float32)
    for ratio, level, ring_s in ((1, 1.0, 1.8), (2.756, 0.4, 0.7), (5.404, 0.2, 0.3)):
        if base * ratio < HIGHEST_BELL_HZ:
            wave = oscillate(wavetable(SINE), base * ratio, samples, rate_hz)
            signal += level * wave * decay(ring_s, samples, rate_hz)
    return faded(0.6 * signal, rate_hz, 0.001, 0.05)


HIGHEST_BELL_HZ = 14_000.0


def flute(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A soft wooden flute with a late vibrato and a little breath."""
    samples = int((length_s + 0.15) * rate_hz)
    base = hertz(pitch)
    times = np.arange(samples, dtype=np.float32) / rate_hz
    depth = np.clip((times - 0.35) / 0.6, 0, 1) * 0.004
    frequency = base * (1 + depth * np.sin(2 * np.pi * 4.8 * times))
    table = wavetable((1.0, 0.28, 0.1, 0.03))
    breath = shaped(noise(samples, round(pitch)), rate_hz, band(base, base * 2.5)) * 0.03
    shape = [(0, 0), (0.12, 1), (length_s, 0.8), (length_s + 0.15, 0)]
    tone = oscillate(table, frequency.astype(np.float32), samples, rate_hz)
    return np.float32(0.6) * (tone + breath) * envelope(shape, samples, rate_hz)


def cello(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A bowed low string: a saw through the body's resonances, with vibrato."""
    samples = int((length_s + 0.3) * rate_hz)
    base = hertz(pitch)

    def body(k: int) -> float:
        f = k * base
        peaks = sum(np.exp(-((np.log2(f / centre) / 0.35) ** 2)) for centre in (220, 480, 1_100))
        return float((0.25 + peaks) / k / (1 + (f / 1_800) ** 2))

    times = np.arange(samples, dtype=np.float32) / rate_hz
    depth = np.clip((times - 0.25) / 0.8, 0, 1) * 0.006
    frequency = base * (1 + depth * np.sin(2 * np.pi * 5.1 * times))
    tone = oscillate(
        wavetable(harmonics(base, body)), frequency.astype(np.float32), samples, rate_hz
    )
    shape = [(0, 0), (0.22, 0.8), (length_s * 0.6, 1), (length_s, 0.7), (length_s + 0.3, 0)]
    return 0.7 * tone * envelope(shape, samples, rate_hz)


def bass(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A finger-played electric bass."""
    samples = int((length_s + 0.06) * rate_hz)
    base = hertz(pitch)
    low = oscillate(wavetable((1.0, 0.45, 0.18)), base, samples, rate_hz)
    high = oscillate(
        wavetable(harmonics(base, lambda k: 1.0 / k if 3 < k < 20 else 0.0)), base, samples, rate_hz
    )
    signal = 0.8 * low * decay(3.0, samples, rate_hz)
    signal += 0.28 * high * decay(0.35, samples, rate_hz)
    return faded(signal, rate_hz, 0.003, 0.05)


def brass(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """Three trumpets: bright saws that open within a tenth of a second."""
    samples = int((length_s + 0.08) * rate_hz)
    base = hertz(pitch)
    mellow = wavetable(harmonics(base, lambda k: k**-1.0 / (1 + (base * k / 1_500) ** 2)))
    bright = wavetable(harmonics(base, lambda k: k**-0.8 / (1 + (base * k / 5_000) ** 2)))
    opening = envelope([(0, 0), (0.09, 1), (length_s, 0.6)], samples, rate_hz)
    tone = np.zeros(samples, dtype=np.float32)
    for cents, phase in ((-6.0, 0.0), (5.0, 0.3), (0.0, 0.6)):
        frequency = base * 2 ** (cents / 1200)
        tone += (1 - opening) * oscillate(mellow, frequency, samples, rate_hz, phase)
        tone += opening * oscillate(bright, frequency, samples, rate_hz, phase)
    shape = [(0, 0), (0.025, 1), (length_s * 0.5, 0.8), (length_s, 0.65), (length_s + 0.08, 0)]
    return 0.22 * tone * envelope(shape, samples, rate_hz)


def distorted(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """A power chord on an overdriven guitar: root, fifth and octave, clipped, in a cabinet."""
    samples = int((length_s + 0.05) * rate_hz)
    strings = np.zeros(samples, dtype=np.float32)
    for interval, level in ((0.0, 1.0), (7.02, 0.9), (12.0, 0.7)):
        base = hertz(pitch + interval)
        table = wavetable(harmonics(base, lambda k: 1.0 / k))
        strings += level * oscillate(table, base, samples, rate_hz, 0.1 * interval)
        strings += level * oscillate(table, base * 1.003, samples, rate_hz, 0.2 * interval)
    pick = shaped(noise(samples, 6), rate_hz, band(1_000, 5_000)) * decay(0.03, samples, rate_hz)
    strings = strings * (0.35 + 0.65 * decay(2.5, samples, rate_hz)) + pick
    driven = np.tanh(4.0 * strings) + 0.5 * np.tanh(20.0 * strings)
    cabinet = shaped(driven.astype(np.float32), rate_hz, band(110, 4_200))
    return faded(0.6 * cabinet, rate_hz, 0.002, 0.04)


def tremolo(pitch: float, length_s: float, rate_hz: int) -> Signal:
    """Violins shaking on one high note: saws, 13 strokes a second."""
    samples = int((length_s + 0.1) * rate_hz)
    base = hertz(pitch)
    table = wavetable(harmonics(base, lambda k: 1.0 / k / (1 + (k * base / 5_000) ** 2)))
    tone = oscillate(table, base * 0.997, samples, rate_hz)
    tone = tone + oscillate(table, base * 1.004, samples, rate_hz, 0.4)
    times = np.arange(samples, dtype=np.float32) / rate_hz
    strokes = 0.55 + 0.45 * np.abs(np.sin(np.pi * 13.0 * times))
    shape = [(0, 0), (0.06, 1), (length_s, 1), (length_s + 0.1, 0)]
    return 0.4 * tone * strokes.astype(np.float32) * envelope(shape, samples, rate_hz)


VOICES: dict[str, Voice] = {
    voice.__name__: voice
    for voice in (
        pad,
        dark_pad,
        plucked,
        steel,
        piano,
        bell,
        flute,
        cello,
        bass,
        brass,
        distorted,
        tremolo,
        kick,
        snare,
        clap,
        shaker,
        crash,
        hat,
        tom,
    )
}
"""Every instrument under its name."""
