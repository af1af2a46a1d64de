"""What a person may set, from defaults < file (TOML) < environment < flags.

Every setting is one field with its parser and its help, so the three ways of giving it
read the same words and refuse the same nonsense. In the file a setting has the name of
its flag without dashes in front; in the environment it is ``REALTIME_MER_`` and the name
in capitals.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from realtime_mer.addresses import parse_target
from realtime_mer.errors import UserError

ENVIRONMENT_PREFIX = "REALTIME_MER_"
OFF = ("", "off", "none", "no", "false")
ON = ("on", "yes", "true", "1")

Address = tuple[str, int]


def _text(value: str) -> str:
    return value


def _positive_integer(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise UserError(f"{value!r} is not a whole number above 0: write one, such as 44100.")
    return int(value)


def _decibels(value: str) -> float:
    try:
        level = float(value)
    except ValueError:
        level = math.nan
    if not -120.0 <= level <= 0.0:
        raise UserError(f"{value!r} is not a level from -120 to 0 dBFS: write one, such as -65.")
    return level


def _speed(value: str) -> float:
    if value == "max":
        return math.inf
    try:
        speed = float(value)
    except ValueError:
        speed = math.nan
    if not 0.0 < speed < math.inf:
        raise UserError(f"{value!r} is no speed: write a number above 0, such as 2, or max.")
    return speed


def _targets(value: str) -> tuple[Address, ...]:
    if value.lower() in OFF:
        return ()
    return tuple(parse_target(part) for part in value.split(","))


def _server(value: str) -> Address | None:
    return None if value.lower() in OFF else parse_target(value, any_port=True)


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _switch(value: str) -> bool:
    if value.lower() not in (*OFF, *ON):
        raise UserError(f"{value!r} is neither on nor off: write true or false.")
    return value.lower() in ON


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise UserError(f"{value!r} is not one of {', '.join(choices)}: choose one of these.")
        return value

    return parse


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


SOUND, OUT, MODEL, PROGRAM = "sound", "what leaves", "the model", "the program"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person may set for a live run; see :func:`load_settings`."""

    device: str = _setting(
        "auto", _text, "DEVICE",
        "what to listen to: mic (the default input), a device's name or part of one, its number, "
        "auto (mic, else the demo), demo, - (raw PCM on standard input) or an audio file",
        SOUND,
    )  # fmt: skip
    channels: str | None = _setting(
        None, _text, "LIST",
        "channels of the device to mix, such as 3,4 or 1-4 (default: all, as mono); "
        "with -, how many there are (default: 2)",
        SOUND,
    )  # fmt: skip
    rate: int | None = _setting(
        None, _positive_integer, "HZ",
        "sample rate (default: the device's own; with -, 44100)",
        SOUND,
    )  # fmt: skip
    format: str = _setting(
        "s16le", _text, "FORMAT",
        "with -, the format of the samples, as ffmpeg names it: s16le, f32le …",
        SOUND,
    )  # fmt: skip
    speed: float = _setting(
        1.0, _speed, "X", "speed of a file or the demo: 1 is its own, max as fast as it goes", SOUND
    )
    gate: float = _setting(
        -65.0, _decibels, "DBFS", "loudness under which nothing is music", SOUND
    )  # fmt: skip
    osc: tuple[Address, ...] = _setting(
        (("127.0.0.1", 9000),), _targets, "HOST:PORT",
        "send OSC there; repeat for several receivers",
        OUT,
    )  # fmt: skip
    web: Address | None = _setting(
        ("127.0.0.1", 8765), _server, "HOST:PORT",
        "serve the dashboard and the WebSocket there",
        OUT,
    )  # fmt: skip
    token: str | None = _setting(
        None, _text, "WORD", "what a browser must know to see the values (?token=WORD)", OUT
    )
    insecure: bool = _setting(
        False, _switch, "", "let a whole network see the values without a token", OUT
    )
    record: Path | None = _setting(
        None, _path, "FILE", "record every estimate to FILE.jsonl or FILE.csv", OUT
    )
    model: Path | None = _setting(
        None, _path, "FILE.onnx", "another model than the one that comes along", MODEL
    )
    provider: str = _setting(
        "auto", _one_of("auto", "cuda", "cpu"), "WHERE", "auto (GPU where it works), cuda or cpu",
        MODEL,
    )  # fmt: skip
    quiet: bool = _setting(False, _switch, "", "print nothing but problems", PROGRAM)


def setting_fields() -> dict[str, Field[Any]]:
    """Return every setting under its name."""
    return {entry.name: entry for entry in fields(Settings)}


def _as_text(value: object) -> str:
    """Write a value of TOML the way it would be typed as a flag."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_as_text(part) for part in value)
    return str(value)


def parse_setting(name: str, value: object, origin: str) -> object:
    """Turn one value into what the setting holds.

    Args:
        name: of the setting.
        value: text, or a value of TOML.
        origin: how the person gave it, such as ``--speed`` or ``show.toml: speed``.

    Raises:
        UserError: with the origin in front where the value makes no sense.
    """
    try:
        return setting_fields()[name].metadata["parse"](_as_text(value).strip())
    except UserError as error:
        raise UserError(f"{origin}: {error}") from error


def _from_file(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"The configuration {path} cannot be read ({error.strerror}): check --config."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"The configuration {path} is not valid TOML ({error}): correct that line."
        ) from error
    known = setting_fields()
    settings = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise UserError(f"{path}: there is no setting '{key}': did you mean '{nearest}'?")
        if isinstance(value, dict):
            raise UserError(f"{path}: '{key}' is a table: write it as {key} = VALUE.")
        settings[name] = parse_setting(name, value, f"{path}: {key}")
    return settings


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], config: Path | None = None
) -> Settings:
    """Merge the ways a person can set things; the later in this list wins over the earlier.

    Args:
        flags: what stood on the command line, already parsed, by setting name.
        environment: all variables; those of the program are picked out.
        config: a TOML file, or None.

    Raises:
        UserError: where a value makes no sense, the file cannot be read, or it has a
            setting that does not exist.
    """
    merged: dict[str, Any] = {}
    if config is not None:
        merged |= _from_file(config)
    for name in setting_fields():
        variable = ENVIRONMENT_PREFIX + name.upper()
        if variable in environment:
            merged[name] = parse_setting(name, environment[variable], variable)
    merged |= flags
    return Settings(**merged)
