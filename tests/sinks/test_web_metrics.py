"""The text for Prometheus."""

from __future__ import annotations

import re

from support.estimates import make_estimate, make_status

from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.metrics import Counters, exposition
from realtime_mer.sinks.web.protocol import hello_fields

# The grammar of one sample: https://prometheus.io/docs/instrumenting/exposition_formats/
LABEL = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([-+.\de]+)")


def journal(device: str = "Mic") -> Journal:
    """A stream from a device of that name, started at 100 s."""
    return Journal(
        hello_fields(
            model="tiny",
            provider="cpu",
            dimensions=("arousal", "valence"),
            device=device,
            rate_hz=48_000,
            channels=1,
            osc=[],
            version="0.1.0",
        ),
        100.0,
    )


def samples(text: str) -> dict[str, float]:
    """Read the text strictly: every sample follows its own help and type."""
    found: dict[str, float] = {}
    lines = text.splitlines()
    assert text.endswith("\n")
    assert len(lines) % 3 == 0
    for help_line, type_line, sample_line in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        match = SAMPLE.fullmatch(sample_line)
        assert match, sample_line
        name = match[1]
        assert help_line.startswith(f"# HELP {name} ")
        kind = "counter" if name.endswith("_total") else "gauge"
        assert type_line == f"# TYPE {name} {kind}"
        assert name not in found
        found[name] = float(match[3])
    return found


def test_every_line_is_in_the_format() -> None:
    """The text parses before the first estimate and after it, and tells the two apart."""
    stream = journal()
    before = samples(exposition(stream, Counters(), 101.0))
    assert before["realtime_mer_up"] == 0
    assert before["realtime_mer_estimates_total"] == 0
    assert "realtime_mer_arousal" not in before
    stream.record_estimate(make_estimate(4), 101.5)
    stream.record_status(make_status(drops=7))
    counters = Counters(connected=2, connections=9, dropped=5, cut_off=1, refused=3)
    after = samples(exposition(stream, counters, 102.0))
    assert after["realtime_mer_up"] == 1
    assert after["realtime_mer_estimates_total"] == 1
    assert after["realtime_mer_drops_total"] == 7
    assert after["realtime_mer_uptime_seconds"] == 2.0
    assert after["realtime_mer_level_dbfs"] == -18.25
    assert after["realtime_mer_web_clients"] == 2
    assert after["realtime_mer_web_connections_total"] == 9
    assert after["realtime_mer_web_dropped_total"] == 5
    assert after["realtime_mer_web_cut_off_total"] == 1
    assert after["realtime_mer_web_refused_total"] == 3
    assert abs(after["realtime_mer_arousal"] - make_estimate(4).arousal) < 1e-6


def test_names_with_quotes_and_newlines_stay_on_their_line() -> None:
    """A device may be called anything without breaking the format."""
    text = exposition(journal('The "big"\none \\ left'), Counters(), 101.0)
    assert r'device="The \"big\"\none \\ left"' in text
    samples(text)
