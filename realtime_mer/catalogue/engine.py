"""Which engine made a row: model and front end as one short name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from realtime_mer.errors import UserError
from realtime_mer.frontend.spec import FRONT_END
from realtime_mer.model.session import shipped_model

DIGITS = 16
"""Of the hexadecimal name: 64 bits, for a handful of engines in a lifetime."""


def engine_name(model: Path | None) -> str:
    """Return what tells this model behind this front end from any other.

    Args:
        model: the ``.onnx`` file; None for the one that comes with the package.

    Returns:
        16 hexadecimal digits of the SHA-256 of the model's bytes and the front end's constants.

    Raises:
        UserError: where the file cannot be read.
    """
    path = model or shipped_model()
    constants = json.dumps(FRONT_END.as_dict(), sort_keys=True)
    try:
        digest = hashlib.sha256(path.read_bytes() + constants.encode())
    except OSError as error:
        raise UserError(
            f"The model {path} cannot be read ({error.strerror}): check --model."
        ) from error
    return digest.hexdigest()[:DIGITS]
