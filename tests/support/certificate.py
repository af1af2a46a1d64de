"""Certificates as openssl makes them."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Files of a certificate and its key."""

    certificate: Path
    key: Path

    def client_context(self) -> ssl.SSLContext:
        """What a client needs that trusts this certificate and nothing else."""
        return ssl.create_default_context(cafile=str(self.certificate))


def openssl(*arguments: object) -> None:
    """Run a command of openssl."""
    command = ["openssl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def make_pair(folder: Path, name: str = "stage", *, days: int = 30) -> Pair:
    """Make a self-signed certificate for this machine; with -1 days it is over already."""
    folder.mkdir(exist_ok=True)
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", *curve, "-keyout", pair.key, "-out", request, "-subj", "/CN=localhost")
    openssl(
        "x509", "-req", "-in", request, "-signkey", pair.key, "-days", days,
        "-extfile", extensions, "-out", pair.certificate,
    )  # fmt: skip
    return pair
