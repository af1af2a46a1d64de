"""What a user would put together today: a package's features and a regressor.

openSMILE's ComParE descriptors (Weninger et al. 2013), mean and spread over the recording,
with support vectors; and YAMNet's embedding (Plakal, Ellis 2020) with two regressors.
"""

from __future__ import annotations

from train.systems import ears
from train.systems.base import System
from train.systems.linear import ridge
from train.systems.spans import SpanFit, of_spans
from train.systems.svr import support_vectors

YAMNET = "Plakal, Ellis 2020"

SYSTEMS = (
    System(
        "openSMILE ComParE, support vectors",
        "Weninger et al. 2013",
        SpanFit(of_spans(ears.open_smile), support_vectors),
        ear="openSMILE",
        effort=0,
    ),
    System(
        "YAMNet probe, ridge",
        YAMNET,
        SpanFit(of_spans(ears.yamnet_embedding), ridge),
        ear="YAMNet",
        effort=0,
    ),
    System(
        "YAMNet probe, support vectors",
        YAMNET,
        SpanFit(of_spans(ears.yamnet_embedding), support_vectors),
        ear="YAMNet",
        effort=0,
    ),
)
