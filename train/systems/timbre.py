"""The descriptors Schmidt and Kim stand their learned features beside, one row each.

MFCC, chroma, spectral shape and spectral contrast with multivariate linear regression
(Schmidt, Turnbull, Kim, MIR 2010; Schmidt, Kim, WASPAA 2011). Except for ridge's shrinkage
and for 20 coefficients of our own log-mel front end, as there.
"""

from __future__ import annotations

from train.systems import ears
from train.systems.base import System
from train.systems.linear import ridge
from train.systems.spans import SpanFit, of_spans

SOURCE = "Schmidt, Turnbull, Kim 2010"

SYSTEMS = (
    System("MFCC, linear", SOURCE, SpanFit(of_spans(ears.log_mel("mfcc")), ridge), effort=0),
    *(
        System(f"{name}, linear", SOURCE, SpanFit(of_spans(ears.spectrum(part)), ridge), "spectrum")
        for name, part in (
            ("chroma", "chroma"),
            ("spectral shape", "shape"),
            ("spectral contrast", "contrast"),
        )
    ),
)
