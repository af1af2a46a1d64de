"""The record in a model file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model.metadata import METADATA_KEY, parse_metadata

PATH = Path("some.onnx")


def record(**changes: Any) -> dict[str, str]:
    """Return metadata entries with a valid record, some fields changed or (None) left out."""
    fields = {
        "format": 1,
        "name": "a model",
        "front_end": FRONT_END.as_dict(),
        "dimensions": ["arousal", "valence", "dominance"],
        "state": [2, 32],
        "prior_std": [0.3, 0.2, 0.1],
        "licence": "research",
        "training": {"epochs": 3},
    } | changes
    kept = {name: value for name, value in fields.items() if value is not None}
    return {METADATA_KEY: json.dumps(kept), "something else": "ignored"}


def test_valid_record_is_read() -> None:
    """Every field arrives with its type."""
    metadata = parse_metadata(record(), PATH)
    assert metadata.dimensions == ("arousal", "valence", "dominance")
    assert (metadata.state_layers, metadata.state_size) == (2, 32)
    assert metadata.prior_std == (0.3, 0.2, 0.1)
    assert metadata.training == {"epochs": 3}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "not one of realtime-mer's"),
        ({METADATA_KEY: "{"}, "cannot be read"),
        ({METADATA_KEY: "[1]"}, "cannot be read"),
        (record(format=2), "model format 2, this program reads 1"),
        (record(state=[1]), "cannot be read"),
        (record(licence=None), "cannot be read"),
        (record(prior_std=["wide"]), "cannot be read"),
        (record(prior_std=[0.3]), "1 spreads for 3 dimensions"),
        (record(dimensions=["dominance"]), "arousal and valence are needed"),
        (
            record(front_end=FRONT_END.as_dict() | {"bands": 96}),
            "another front end .bands is 96 there and 64 here",
        ),
        (
            record(front_end=FRONT_END.as_dict() | {"stretch": 2}),
            "stretch is 2 there and None here",
        ),
    ],
)
def test_wrong_record_is_refused_with_a_sentence(entries: dict[str, str], said: str) -> None:
    """What is wrong and what to do stand in the error, with the file's name."""
    with pytest.raises(UserError, match=said) as error:
        parse_metadata(entries, PATH)
    assert "some.onnx" in str(error.value)
