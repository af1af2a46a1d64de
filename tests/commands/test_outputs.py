"""What a run hands its estimates to."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_mer.commands.outputs import check_cues, tells_anybody
from realtime_mer.config.merge import load_settings
from realtime_mer.errors import UserError
from realtime_mer.settings import Settings

OFF = 'osc = "off"\nweb = "off"\n'


def settings_of(folder: Path, text: str) -> Settings:
    """What a configuration comes to."""
    path = folder / "show.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings({}, {}, path)


@pytest.mark.parametrize(
    ("further", "told"),
    [
        ("", False),
        ('osc = "127.0.0.1:9000"', True),
        ('web = "127.0.0.1:0"', True),
        ('when = ["mood is sad, send /x to 127.0.0.1:9000"]', True),
        ('[[route]]\naddress = "/x"\nsource = "arousal"', False),
        ('[[route]]\naddress = "/x"\nsource = "arousal"\ntarget = "127.0.0.1:9000"', True),
        ('[[route]]\nsource = "arousal"\nmidi = { port = "A", channel = 1, cc = 21 }', True),
    ],
)
def test_whether_anybody_is_told(tmp_path: Path, further: str, told: bool) -> None:
    """A route or a cue with a receiver of its own is enough; one without is none."""
    base = "\n".join(line for line in OFF.splitlines() if line.split()[0] != further.split(" ")[0])
    assert tells_anybody(settings_of(tmp_path, f"{base}\n{further}\n")) == told


def test_a_cue_for_nobody_is_a_sentence(tmp_path: Path) -> None:
    """Without a receiver of everything each cue needs its own."""
    cue = 'when = ["mood is sad, send /x"]\n'
    check_cues(settings_of(tmp_path, cue))
    with pytest.raises(UserError, match="The cue /x has no receiver"):
        check_cues(settings_of(tmp_path, OFF + cue))
