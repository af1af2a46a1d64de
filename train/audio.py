"""Sound of a recording: decoded as it is, or rendered from MIDI by FluidSynth."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from realtime_mer.errors import UserError
from train.datasets.base import Recording

RENDER_RATE_HZ = 44_100


@dataclass(frozen=True, slots=True)
class Instrument:
    """A way to render MIDI: a soundfont and the room it stands in.

    Attributes:
        name: names the rendering in the cache.
        soundfonts: files that may hold it, the first that exists is used.
        gain: of the synthesiser, low enough that no chord clips.
        room: FluidSynth's reverb as (room size, damping, width, level); None for none.
    """

    name: str
    soundfonts: tuple[str, ...]
    gain: float
    room: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Transposed(Instrument):
    """An instrument that plays everything in another key: what is major stays major.

    Attributes:
        semitones: upwards.
    """

    semitones: int = 0


# Pianos in three rooms, so that no network learns one soundfont's colour, and one that plays
# the same pieces in another key: each key is heard in few pieces, and a network takes a key
# for a feeling. A minor third down the register hardly changes.
_TIMGM = ("/usr/share/sounds/sf2/TimGM6mb.sf2",)
INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument("fluid", ("/usr/share/sounds/sf2/FluidR3_GM.sf2",), 1.0, (0.2, 0.2, 0.5, 0.6)),
    Instrument("timgm", _TIMGM, 1.0, None),
    Transposed("timgm", _TIMGM, 1.0, None, -3),
    Transposed("timgm", _TIMGM, 1.0, None, 2),
    Instrument(
        "musescore",
        ("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",),
        1.0,
        (0.8, 0.4, 0.9, 0.9),
    ),
)


def load_audio(
    recording: Recording, instrument: Instrument = INSTRUMENTS[0]
) -> tuple[NDArray[np.float32], int]:
    """Return the samples of a recording, mixed to mono, and their rate in hertz.

    Args:
        recording: must have a path.
        instrument: what renders it where it is MIDI; audio files ignore it.

    Raises:
        UserError: the file cannot be decoded or rendered.
    """
    if recording.path is None:
        raise UserError(f"{recording.key} has no audio, only features.")
    if recording.is_midi:
        samples, rate_hz = render(recording.path, instrument), RENDER_RATE_HZ
    else:
        samples, rate_hz = read_mono(recording.path)
    start = round(recording.skip_s * rate_hz)
    end = None if recording.cut_s is None else start + round(recording.cut_s * rate_hz)
    return samples[start:end], rate_hz


def read_mono(path: Path) -> tuple[NDArray[np.float32], int]:
    """Decode a file with libsndfile and mix its channels."""
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise UserError(
            f"{path} cannot be decoded ({error.error_string.strip()}); "
            "replace the file or remove its row from the dataset."
        ) from None
    return samples.mean(axis=1), rate_hz


def render(midi: Path, instrument: Instrument) -> NDArray[np.float32]:
    """Render a MIDI file to mono samples at :data:`RENDER_RATE_HZ`."""
    program = shutil.which("fluidsynth")
    if program is None:
        raise UserError("FluidSynth is missing and MIDI cannot be rendered; install `fluidsynth`.")
    soundfont = next((font for font in instrument.soundfonts if Path(font).is_file()), None)
    if soundfont is None:
        raise UserError(
            f"The soundfont {instrument.soundfonts[0]} is missing; install "
            "fluid-soundfont-gm, timgm6mb-soundfont and musescore-general-soundfont-small."
        )
    options = ["-o", f"synth.reverb.active={int(instrument.room is not None)}"]
    if instrument.room is not None:
        for name, value in zip(
            ("room-size", "damp", "width", "level"), instrument.room, strict=True
        ):
            options += ["-o", f"synth.reverb.{name}={value}"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.wav"
        if isinstance(instrument, Transposed):
            midi = transpose(midi, instrument.semitones, Path(folder) / "transposed.mid")
        command = [program, "-ni", "-q", "-g", str(instrument.gain), "-r", str(RENDER_RATE_HZ)]
        command += [*options, "-o", "synth.chorus.active=0", "-F", str(out), soundfont, str(midi)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not out.is_file() or out.stat().st_size < 1000:
            reason = (done.stderr.strip().splitlines() or ["no sound came out"])[-1]
            raise UserError(f"{midi} cannot be rendered by FluidSynth ({reason}).")
        samples, _ = read_mono(out)
    return samples


def transpose(midi: Path, semitones: int, out: Path) -> Path:
    """Write a MIDI file with every note moved; notes that would leave the range move an octave.

    Returns:
        ``out``.
    """
    import mido

    file = mido.MidiFile(midi, clip=True)
    for track in file.tracks:
        for message in track:
            if message.type in ("note_on", "note_off", "polytouch") and message.channel != 9:
                note = message.note + semitones
                message.note = note + 12 * ((note < 0) - (note > 127))
    file.save(out)
    return out
