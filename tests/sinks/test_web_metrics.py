"""The text for Prometheus, read by the reader of Prometheus itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from support.estimates import make_estimate, make_status

from realtime_mer.reach import Reach
from realtime_mer.sinks.web.hello import hello_fields
from realtime_mer.sinks.web.journal import Journal
from realtime_mer.sinks.web.metrics import STATES, Counters, exposition


def journal(device: str = "Mic", reach: Reach | None = None) -> Journal:
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
        reach,
    )


def families(text: str) -> dict[str, Metric]:
    """Read the text; every family has its help and its type, and comes once."""
    found = list(text_string_to_metric_families(text))
    by_name = {family.name: family for family in found}
    assert len(by_name) == len(found)
    for family in found:
        assert family.documentation, family.name
        assert family.type in ("gauge", "counter", "histogram"), family.name
        assert family.name.startswith("realtime_mer_")
    return by_name


def samples(text: str) -> dict[str, float]:
    """The values that have no labels."""
    found = {
        sample.name: sample.value
        for family in families(text).values()
        for sample in family.samples
        if not sample.labels
    }
    return {name.removeprefix("realtime_mer_"): value for name, value in found.items()}


def test_every_line_is_in_the_format() -> None:
    """The text parses before the first estimate and after it, and tells the two apart."""
    stream = journal()
    before = samples(exposition(stream, Counters(), 101.0))
    assert (before["up"], before["estimates_total"]) == (0, 0)
    assert "arousal" not in before
    stream.record_estimate(make_estimate(4), 101.5)
    stream.record_status(
        make_status(drops=7, reconnects=2, filled_s=1.25, skipped_s=0.5, drift_ppm=-12.5)
    )
    counters = Counters(
        connected=2, connections=9, dropped=5, cut_off=1, refused=3, misunderstood=8
    )
    after = samples(exposition(stream, counters, 102.0))
    wanted = {
        "up": 1,
        "estimates_total": 1,
        "uptime_seconds": 2.0,
        "drops_total": 7,
        "reconnects_total": 2,
        "filled_seconds_total": 1.25,
        "skipped_seconds_total": 0.5,
        "clock_drift_ppm": -12.5,
        "level_dbfs": -18.25,
        "active": 1,
        "web_clients": 2,
        "web_connections_total": 9,
        "web_dropped_total": 5,
        "web_cut_off_total": 1,
        "web_refused_total": 3,
        "web_misunderstood_total": 8,
        "control_refused_total": 0,
        "recording_failing": 0,
    }
    assert {name: after[name] for name in wanted} == wanted
    assert abs(after["arousal"] - make_estimate(4).arousal) < 1e-6


def test_the_state_of_the_device_is_one_of_all() -> None:
    """Each state has a sample, and one of them is 1."""
    stream = journal()
    for state in STATES:
        stream.record_status(make_status(state=state))
        family = families(exposition(stream, Counters(), 101.0))["realtime_mer_device_state"]
        found = {sample.labels["state"]: sample.value for sample in family.samples}
        assert found == {each: float(each == state) for each in STATES}


def test_the_latency_is_a_histogram() -> None:
    """Classes add up, the last has no end, and sum and count are there."""
    reach = Reach()
    for seconds in (0.0004, 0.003, 0.003, 0.7, 9.0):
        reach.latency.observe(seconds)
    text = exposition(journal(reach=reach), Counters(), 101.0)
    family = families(text)["realtime_mer_latency_seconds"]
    assert family.type == "histogram"
    buckets = {each.labels["le"]: each.value for each in family.samples if each.labels}
    assert buckets["0.001"] == 1
    assert buckets["0.005"] == 3
    assert buckets["1"] == 4
    assert buckets["+Inf"] == 5
    assert list(buckets.values()) == sorted(buckets.values())
    plain = samples(text)
    assert plain["latency_seconds_count"] == 5
    assert abs(plain["latency_seconds_sum"] - 9.7064) < 1e-6


def test_what_others_count_is_there() -> None:
    """Refused control by OSC and a failing recording come from whoever knows."""
    reach = Reach(control_refused=lambda: 11, troubles=[lambda: "", lambda: "Full."])
    after = samples(exposition(journal(reach=reach), Counters(), 101.0))
    assert (after["control_refused_total"], after["recording_failing"]) == (11, 1)


def test_large_counters_go_on_counting() -> None:
    """A counter is written in full: after weeks one more is one more."""
    counters = Counters(dropped=123_456_789_012)
    after = samples(exposition(journal(), counters, 101.0))
    assert after["web_dropped_total"] == 123_456_789_012


def test_names_with_quotes_and_newlines_stay_on_their_line() -> None:
    """A device may be called anything without breaking the format."""
    name = 'The "big"\none \\ left'
    family = families(exposition(journal(name), Counters(), 101.0))["realtime_mer_info"]
    assert family.samples[0].labels["device"] == name


def test_several_streams_are_told_apart() -> None:
    """Values of each stream stand under its number, in one family."""
    known = journal()
    for k in range(3):
        for stream in (2, 11):
            known.record_estimate(replace(make_estimate(k + stream), stream=stream), 110.0)
    found = families(exposition(known, Counters(), 110.0))
    for name in ("arousal", "valence_std", "level_dbfs", "active"):
        samples = found[f"realtime_mer_{name}"].samples
        assert [sample.labels for sample in samples] == [{"stream": "2"}, {"stream": "11"}]
    values = [sample.value for sample in found["realtime_mer_arousal"].samples]
    assert values == [pytest.approx(make_estimate(k).arousal, rel=1e-6) for k in (2 + 2, 2 + 11)]
