"""The file ``realtime-mer config init`` writes: every setting, explained, at its default."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import Field
from typing import Any

from realtime_mer.config.toml import toml_value

WIDTH = 92

# What to show for settings that are nothing by default, as they would be typed in the file.
EXAMPLES: Mapping[str, str] = {
    "channels": '"3,4"',
    "rate": "48000",
    "token": '"a-word-of-your-own"',
    "tls_cert": '"stage.pem"',
    "tls_key": '"stage.key"',
    "allow_origin": '["http://localhost:5500"]',
    "mqtt": '"mqtt://broker.local/mer"',
    "mqtt_password": '"a-word-of-your-own"',
    "record": '"set.jsonl"',
    "record_audio": '"set.flac"',
    "model": '"other.onnx"',
    "preset": '"resolume"',
    "log_level": '"info"',
    "calibration": '"tuesday"',
    "control": "9001",
    "control_from": '["192.168.1.0/24"]',
    "when": '["mood is tense for 4 s, send /cue/12/go to 127.0.0.1:53000"]',
}

HEAD = """\
# Settings of realtime-mer. Use them with:  realtime-mer --config {name}
# A line that begins with # is not in force: take the # away to change a setting.
# Flags win over the environment (REALTIME_MER_DEVICE=mic), which wins over this file,
# which wins over a preset. See what is wrong with it with:  realtime-mer config check {name}
"""

ROUTES = """\
# ---- messages of your own ----
# A route sends a value to an address, in a range. docs/routes.md has every key. Settings
# of the whole run, above, must stay above the first [[route]].
#
# Opacity of a layer in Resolume, quick to come and slow to go:
# [[route]]
# address = "/composition/layers/1/video/opacity"
# source = "arousal"       # or valence, arousal_std, level, active, mood:joyful, distance:calm
# in = [-0.8, 0.8]         # this much of it …
# out = [0, 1]             # … becomes this
# curve = "s"              # or linear, or exponent with exponent = 2
# rise = 0.3               # seconds to go 63 % of the way up
# fall = 1.5               # and down
# target = "192.168.1.20:7000"
#
# One message of several numbers, for Wekinator:
# [[route]]
# address = "/wek/inputs"
# source = ["arousal", "valence"]
# out = [-1, 1]
#
# The word for the mood when it changes, after a fixed argument:
# [[route]]
# address = "/show/mood"
# source = "mood"
# before = ["now"]
#
# A control change to a MIDI port (pip install 'realtime-mer[midi]'):
# [[route]]
# source = "arousal"
# midi = { port = "Scarlett", channel = 1, cc = 21 }
#
# A message when a mood has come and stayed; docs/routes.md says more:
# [[cue]]
# mood = ["tense", "gloomy"]
# for = 4
# address = "/cue/12/go"
# arguments = ["now", 1]
# target = "127.0.0.1:53000"
"""


def template(fields: Mapping[str, Field[Any]], name: str) -> str:
    """Return the text of a new file.

    Args:
        fields: every setting that is one value.
        name: of the file, for the lines that say how to use it.
    """
    parts = [HEAD.format(name=name)]
    group = ""
    for setting, entry in fields.items():
        about = entry.metadata
        if about["group"] != group:
            group = about["group"]
            parts.append(f"# ---- {group} ----")
        explained = textwrap.wrap(about["help"], WIDTH - 2)
        lines = [f"# {line}" for line in explained]
        lines.append(f"# {setting} = {_shown(setting, entry.default)}\n")
        parts.append("\n".join(lines))
    return "\n".join([*parts, ROUTES])


def _shown(setting: str, default: object) -> str:
    if default is None or default == ():
        return EXAMPLES.get(setting, "false")
    return toml_value(default)
