"""Bytes that no person would send, by Atheris: coverage of our code guides what comes next."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

OURS = [
    "realtime_mer.control", "realtime_mer.control_osc", "realtime_mer.controls",
    "realtime_mer.desk", "realtime_mer.limits", "realtime_mer.oscquery", "realtime_mer.routes",
    "realtime_mer.sinks.web",
]  # fmt: skip
"""What is watched for new paths."""

LONGEST_BYTES = 2048


def watch_imports() -> object:
    """Return a context in which what is imported of ours is made to tell where it goes."""
    import atheris

    return atheris.instrument_imports(include=OURS, enable_loader_override=False)


def fuzz(
    one: Callable[[bytes], None], seeds: Sequence[bytes], words: Sequence[str], seconds: int
) -> None:
    """Try inputs for so long, from seeds on; ends the process, with 0 if nothing was raised.

    Args:
        one: tries one input; whatever it raises is a find.
        seeds: inputs that make sense.
        words: that occur in such.
        seconds: how long.
    """
    import atheris

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        dictionary = Path(folder, "words")
        quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
        dictionary.write_text("".join(f'"{word}"\n' for word in quoted))
        options = [
            f"-max_total_time={seconds}", f"-max_len={LONGEST_BYTES}", f"-dict={dictionary}",
            f"-artifact_prefix={folder}/", "-timeout=10", "-rss_limit_mb=2048",
            "-print_final_stats=1", "-verbosity=1", str(corpus),
        ]  # fmt: skip
        atheris.Setup([sys.argv[0], *options], one)
        atheris.Fuzz()
