"""What a model file says about itself, and whether it fits this program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END

METADATA_KEY = "realtime_mer"
FORMAT = 1
MOST_DIMENSIONS, MOST_LAYERS, MOST_STATE_SIZE = 16, 64, 16_384


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """The record under the key ``realtime_mer`` in the metadata of an ONNX file.

    Attributes:
        name: what people call the model.
        dimensions: names of its outputs, at least arousal and valence.
        state_layers: first dimension of the state.
        state_size: last dimension of the state.
        prior_std: per dimension, the spread of the ratings themselves: what an estimate
            is worth that rests on nothing.
        licence: terms of the weights.
        training: how it was trained and how well it did; free form.
    """

    name: str
    dimensions: tuple[str, ...]
    state_layers: int
    state_size: int
    prior_std: tuple[float, ...]
    licence: str
    training: Mapping[str, Any]


def _front_end_difference(record: Mapping[str, Any]) -> str | None:
    ours = FRONT_END.as_dict()
    for name in sorted(ours.keys() | record.keys()):
        if record.get(name) != ours.get(name):
            return f"{name} is {record.get(name)} there and {ours.get(name)} here"
    return None


def _is_sensible(metadata: ModelMetadata) -> bool:
    """Whether names can be addresses, spreads are spreads, and a state fits into memory."""
    names = metadata.dimensions
    return (
        len(names) == len(set(names)) <= MOST_DIMENSIONS
        and all(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name) for name in names)
        and all(0.0 < spread <= 2.0 for spread in metadata.prior_std)
        and 0 < metadata.state_layers <= MOST_LAYERS
        and 0 < metadata.state_size <= MOST_STATE_SIZE
    )


def parse_metadata(entries: Mapping[str, str], path: Path) -> ModelMetadata:
    """Read the record and check it against the front end.

    Args:
        entries: all metadata entries of the file.
        path: of the file, for the sentence that refuses it.

    Raises:
        UserError: where the record is missing, malformed, of a later format, or made
            for other front-end constants.
    """
    if METADATA_KEY not in entries:
        raise UserError(
            f"{path} is an ONNX file but not one of realtime-mer's (it has no "
            f"'{METADATA_KEY}' record): export it with 'python -m train export'."
        )
    try:
        record = json.loads(entries[METADATA_KEY])
        if record["format"] != FORMAT:
            raise UserError(
                f"{path} has model format {record['format']}, this program reads {FORMAT}: "
                "update realtime-mer or export the model again."
            )
        front_end = dict(record["front_end"])
        layers, size = (int(number) for number in record["state"])
        metadata = ModelMetadata(
            name=str(record["name"]),
            dimensions=tuple(str(name) for name in record["dimensions"]),
            state_layers=layers,
            state_size=size,
            prior_std=tuple(float(number) for number in record["prior_std"]),
            licence=str(record["licence"]),
            training=dict(record["training"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(
            f"The '{METADATA_KEY}' record of {path} cannot be read ({error!r}): "
            "export the model again with 'python -m train export'."
        ) from error
    difference = _front_end_difference(front_end)
    if difference:
        raise UserError(
            f"{path} was trained with another front end ({difference}): "
            "use a model made for this version, or train it again."
        )
    if not {"arousal", "valence"} <= set(metadata.dimensions):
        raise UserError(
            f"{path} estimates {', '.join(metadata.dimensions) or 'nothing'}, but arousal and "
            "valence are needed: choose another model."
        )
    if len(metadata.prior_std) != len(metadata.dimensions):
        raise UserError(
            f"The '{METADATA_KEY}' record of {path} has {len(metadata.prior_std)} spreads for "
            f"{len(metadata.dimensions)} dimensions: export the model again."
        )
    if not _is_sensible(metadata):
        raise UserError(
            f"The '{METADATA_KEY}' record of {path} promises what no model here has (dimensions, "
            "spreads or a state out of all proportion): export the model again."
        )
    return metadata
