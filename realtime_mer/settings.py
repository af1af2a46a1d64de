"""What a person may set, from defaults < preset < file (TOML) < environment < flags.

Every setting is one field with its parser and its help, so the ways of giving it read the
same words and refuse the same nonsense. In the file a setting has the name of its flag
without dashes in front; in the environment it is ``REALTIME_MER_`` and the name in capitals.
Settings that are tables, such as ``[[route]]``, can only stand in a file.
``config/merge.py`` brings the ways together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from realtime_mer.addresses import Network, parse_networks
from realtime_mer.broker import Broker
from realtime_mer.config import values
from realtime_mer.config.cues import cue_table, parse_cue_table
from realtime_mer.config.file import as_text
from realtime_mer.config.presets import PRESETS, parse_preset
from realtime_mer.errors import UserError
from realtime_mer.feel.cues import Cue, parse_cues
from realtime_mer.logs.lines import FORMATS, LEVELS
from realtime_mer.routes.parse import parse_route
from realtime_mer.routes.route import Route
from realtime_mer.routes.table import route_table

Address = values.Address


def _setting(
    default: object,
    parse: Callable[[str], Any],
    metavar: str,
    help_text: str,
    group: str,
    *,
    flag: str | None = None,
) -> Any:
    return field(
        default=default,
        metadata={
            "parse": parse,
            "metavar": metavar,
            "help": help_text,
            "group": group,
            "flag": flag,
        },
    )


def _tables(
    table: str,
    parse: Callable[[Mapping[str, object]], Any],
    as_table: Callable[[Any], Mapping[str, object]],
) -> Any:
    """A setting that is a list of ``[[table]]`` in a file, and nothing anywhere else."""
    return field(default=(), metadata={"table": table, "parse_table": parse, "as_table": as_table})


SOUND, FEEL, OUT = "sound", "how it moves", "what leaves"
CONTROL, MODEL, PROGRAM = "control", "the model", "the program"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person may set; see :func:`~realtime_mer.config.merge.load_settings`."""

    device: str = _setting(
        "auto", values.plain, "DEVICE",
        "what to listen to: mic (the default input), a device's name or part of one, its number, "
        "auto (mic, else the demo), demo, - (raw PCM on standard input) or an audio file",
        SOUND,
    )  # fmt: skip
    channels: str | None = _setting(
        None, values.plain, "LIST",
        "channels of the device to mix, such as 3,4 or 1-4 (default: the first two, as mono); "
        "each, or each:1-8, for a stream of its own from every one; with -, how many there are "
        "(default: 2)",
        SOUND,
    )  # fmt: skip
    rate: int | None = _setting(
        None, values.positive_integer, "HZ",
        "sample rate (default: the device's own; with -, 44100)",
        SOUND,
    )  # fmt: skip
    format: str = _setting(
        "s16le", values.plain, "FORMAT",
        "with -, the format of the samples, as ffmpeg names it: s16le, f32le …",
        SOUND,
    )  # fmt: skip
    speed: float = _setting(
        1.0,
        values.speed,
        "X",
        "speed of a file or the demo: 1 is its own, max as fast as it goes",
        SOUND,
    )
    gate: float = _setting(
        -65.0, values.decibels, "DBFS", "loudness under which nothing is music", SOUND
    )  # fmt: skip
    gain: float = _setting(
        0.0, values.between(-60, 60, "gain", "6"), "DB",
        "count the sound as louder: moves the level shown and what is silence",
        SOUND,
    )  # fmt: skip
    calibration: str | None = _setting(
        None, values.name_or_off, "NAME",
        "use the range learned under that name by realtime-mer calibrate; off for none",
        FEEL,
    )  # fmt: skip
    adapt: float = _setting(
        0.0, values.between(0, 240, "time in minutes", "10"), "MINUTES",
        "let the range follow the music with this time constant; 0 for not at all",
        FEEL,
    )  # fmt: skip
    rise: float = _setting(
        0.0, values.between(0, 60, "time in seconds", "0.5"), "SECONDS",
        "time constant of arousal and valence on their way up",
        FEEL,
    )  # fmt: skip
    fall: float = _setting(
        0.0, values.between(0, 60, "time in seconds", "2"), "SECONDS",
        "time constant of arousal and valence on their way down",
        FEEL,
    )  # fmt: skip
    silence: str = _setting(
        "neutral", values.one_of("neutral", "hold"), "WHAT",
        "in silence, glide to neutral or hold the last values",
        FEEL,
    )  # fmt: skip
    delay: float = _setting(
        0.0, values.between(0, 30, "time in seconds", "0.2"), "SECONDS",
        "send everything this much later, to line up with something slower",
        FEEL,
    )  # fmt: skip
    when: tuple[Cue, ...] = _setting(
        (), parse_cues, "CUE",
        'send a message when a mood has come, as in "mood is tense for 4 s, send /cue/12/go '
        'to 127.0.0.1:53000"; repeat for several',
        FEEL,
    )  # fmt: skip
    osc: tuple[Address, ...] = _setting(
        (("127.0.0.1", 9000),), values.targets, "HOST:PORT",
        "send OSC there; repeat for several receivers",
        OUT,
    )  # fmt: skip
    osc_rate: float = _setting(
        2.0, values.between(2, 240, "rate", "60"), "HZ",
        "messages a second: 2 is one for each estimate, up to 240 glides between them",
        OUT,
    )  # fmt: skip
    osc_range: str = _setting(
        "-1..1", values.one_of("-1..1", "0..1"), "RANGE",
        "range of the standard addresses: -1..1 or 0..1",
        OUT,
    )  # fmt: skip
    osc_bundle: bool = _setting(
        False, values.switch, "", "send what belongs together in one OSC bundle", OUT
    )
    standard: bool = _setting(
        True, values.switch, "", "send the standard addresses (/mer/arousal …)", OUT
    )
    web: Address | None = _setting(
        ("127.0.0.1", 8765), values.server, "HOST:PORT",
        "serve the dashboard and the WebSocket there",
        OUT,
    )  # fmt: skip
    token: str | None = _setting(
        None, values.plain, "WORD", "what a browser must know to see the values (?token=WORD)", OUT
    )
    insecure: bool = _setting(
        False, values.switch, "", "let a whole network see the values without a token", OUT
    )
    allow_origin: tuple[str, ...] = _setting(
        (), values.origins, "URL",
        "let a page of your own listen, from http://localhost:5500 or wherever it is; repeat",
        OUT,
    )  # fmt: skip
    tls_cert: Path | None = _setting(
        None, values.path, "FILE.pem", "serve the page by https, with this certificate", OUT
    )
    tls_key: Path | None = _setting(
        None, values.path, "FILE.pem", "its private key, where it is not in the same file", OUT
    )
    announce: bool = _setting(
        True, values.switch, "", "announce the page's port by Zeroconf, for OSCQuery", OUT
    )
    mqtt: Broker | None = _setting(
        None, values.broker, "URL",
        "publish to an MQTT broker, mqtt://[USER:PASSWORD@]HOST[:PORT]/TOPIC; mqtts:// for TLS",
        OUT,
    )  # fmt: skip
    mqtt_password: str | None = _setting(
        None, values.plain, "WORD",
        "password for the user in --mqtt; best as REALTIME_MER_MQTT_PASSWORD, where nobody sees it",
        OUT,
    )  # fmt: skip
    record: Path | None = _setting(
        None, values.path, "FILE", "record every estimate to FILE.jsonl or FILE.csv", OUT
    )
    record_audio: Path | None = _setting(
        None, values.path, "FILE",
        "record what is heard to FILE.flac or FILE.wav, in time with --record",
        OUT,
    )  # fmt: skip
    control: Address | None = _setting(
        None, values.listener, "[HOST:]PORT",
        "take /mer/reset, /mer/freeze, /mer/calibrate, /mer/mark by OSC on this port",
        CONTROL,
    )  # fmt: skip
    control_from: tuple[Network, ...] = _setting(
        (), parse_networks, "ADDRESS",
        "who else than this machine may send them: 10.0.0.5, or a network, 10.0.0.0/24; repeat",
        CONTROL,
    )  # fmt: skip
    model: Path | None = _setting(
        None, values.path, "FILE.onnx", "another model than the one that comes along", MODEL
    )
    provider: str = _setting(
        "auto", values.one_of("auto", "cuda", "cpu"), "WHERE",
        "auto (for many streams the GPU, where it is quicker), cuda or cpu",
        MODEL,
    )  # fmt: skip
    preset: str | None = _setting(
        None, parse_preset, "NAME",
        f"send as a program expects it: {', '.join(PRESETS)}",
        PROGRAM,
    )  # fmt: skip
    preset_routes: bool = _setting(
        True, values.switch, "", "use the routes of the preset beside those of the file", PROGRAM
    )
    quiet: bool = _setting(False, values.switch, "", "print nothing but problems", PROGRAM)
    log_level: str | None = _setting(
        None, values.one_of(*LEVELS), "LEVEL",
        "say events of this kind and above: debug, info, warning or error "
        "(default: info, with --quiet warning)",
        PROGRAM,
    )  # fmt: skip
    log_format: str = _setting(
        "text", values.one_of(*FORMATS), "FORMAT",
        "say them as text, or as json, an object a line on standard error",
        PROGRAM,
    )  # fmt: skip
    routes: tuple[Route, ...] = _tables("route", parse_route, route_table)
    cues: tuple[Cue, ...] = _tables("cue", parse_cue_table, cue_table)

    @property
    def least_level(self) -> str:
        """The lowest level of events that are said."""
        return self.log_level or ("warning" if self.quiet else "info")

    @property
    def all_cues(self) -> tuple[Cue, ...]:
        """The cues written as sentences, and those written as tables."""
        return (*self.when, *self.cues)


def setting_fields() -> dict[str, Field[Any]]:
    """Return every setting that is one value under its name."""
    return {entry.name: entry for entry in fields(Settings) if "parse" in entry.metadata}


def table_fields() -> dict[str, Field[Any]]:
    """Return every setting that is a list of tables under the name of its tables."""
    found = (entry for entry in fields(Settings) if "table" in entry.metadata)
    return {entry.metadata["table"]: entry for entry in found}


def parse_setting(name: str, value: object, origin: str) -> object:
    """Turn one value into what the setting holds.

    Args:
        name: of the setting.
        value: text, or a value of TOML.
        origin: how the person gave it, such as ``--speed``.

    Raises:
        UserError: with the origin in front where the value makes no sense.
    """
    try:
        return setting_fields()[name].metadata["parse"](as_text(value).strip())
    except UserError as error:
        raise UserError(f"{origin}: {error}") from error
