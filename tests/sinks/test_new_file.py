"""Files that are made anew."""

from __future__ import annotations

import re
from pathlib import Path

from support.estimates import make_estimate

from realtime_mer.sinks.audio import AudioRecorder
from realtime_mer.sinks.new_file import named
from realtime_mer.sinks.recorder import Recorder


def test_a_name_without_a_time_stays() -> None:
    """Braces of a person's own mean nothing, and folders are left alone."""
    for path in ("set.jsonl", "{tim}e.csv", "{time}/set.csv", "100 %.csv"):
        assert named(Path(path)) == Path(path)


def test_all_files_of_a_run_have_the_same_time(tmp_path: Path) -> None:
    """The sound and the values of a set are found by their name."""
    values = Recorder(tmp_path / "set-{time}.jsonl", header={})
    values.publish(make_estimate())
    sound = AudioRecorder(tmp_path / "set-{time}.flac", 16_000, 1)
    values.close()
    sound.close()
    made = sorted(path.name for path in tmp_path.iterdir())
    assert re.fullmatch(r"set-\d{4}-\d\d-\d\d-\d{6}\.flac", made[0])
    assert made[1] == made[0].replace(".flac", ".jsonl")
