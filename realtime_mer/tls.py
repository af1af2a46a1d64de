"""TLS from a pair of PEM files: what is wrong with them is said before anybody connects."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime_mer.errors import UserError

MOST_BYTES = 1 << 20
"""No certificate with all its chain is as long."""

# Codes of X509_verify_cert (openssl/x509_vfy.h).
NOT_YET_VALID, EXPIRED = 9, 10


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a server needs to speak TLS.

    Attributes:
        context: with the certificate and its key.
        names: that the certificate is for, DNS names before addresses.
        expires_s: when it ends, in seconds since 1970.
    """

    context: ssl.SSLContext
    names: tuple[str, ...]
    expires_s: float


def load_pair(certificate: Path, key: Path | None = None) -> ServerTls:
    """Read a certificate, with its chain behind it, and its private key.

    Args:
        certificate: PEM file.
        key: PEM file, or None where the key is in the same file.

    Raises:
        UserError: if a file cannot be read, holds no such thing or needs a password, if the
            two are no pair, or if the certificate is not in force today.
    """
    key = key or certificate
    text = _read(certificate, "certificate", "--tls-cert")
    key_text = text if key == certificate else _read(key, "key", "--tls-key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except _PasswordWanted:
        raise UserError(
            f"The key in {key} is encrypted: give one without a password, as from "
            f"openssl pkey -in {key.name} -out plain.pem."
        ) from None
    except ssl.SSLError as error:
        raise UserError(_why(error, certificate, text, key, key_text)) from None
    return _examined(context, text, certificate)


class _PasswordWanted(Exception):
    pass


def _no_password() -> str:
    raise _PasswordWanted  # rather than OpenSSL's own question at the terminal


def _read(path: Path, what: str, flag: str) -> str:
    try:
        with path.open("rb") as opened:
            text = opened.read(MOST_BYTES + 1).decode("latin-1")
    except OSError as error:
        raise UserError(
            f"The {what} {path} cannot be read ({(error.strerror or str(error)).lower()}): "
            f"give another with {flag}."
        ) from None
    if len(text) > MOST_BYTES:
        raise UserError(f"{path} is too long for a {what}: give another with {flag}.")
    return text


def _why(error: ssl.SSLError, certificate: Path, text: str, key: Path, key_text: str) -> str:
    reason = error.reason or ""
    if "MISMATCH" in reason:
        return (
            f"The key in {key} is not the one of the certificate in {certificate}: give the key "
            "it was made with, with --tls-key."
        )
    if "-----BEGIN CERTIFICATE-----" not in text:
        return f"There is no certificate in {certificate}: give a PEM file with --tls-cert."
    if "PRIVATE KEY-----" not in key_text:
        return f"There is no private key in {key}: give a PEM file with --tls-key."
    said = reason.replace("_", " ").lower() or "no reason given"
    return (
        f"OpenSSL takes neither {certificate} nor {key} ({said}): make the pair anew, as "
        "docs/protocol.md shows."
    )


def _examined(context: ssl.SSLContext, text: str, path: Path) -> ServerTls:
    """Shake hands in memory as a client that trusts this very certificate, and look at it."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    first = text[text.index(begin) : text.index(end) + len(end)]
    client.load_verify_locations(cadata=first)
    try:
        seen = _shake_hands(context, client)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in (EXPIRED, NOT_YET_VALID):
            when = "is over" if error.verify_code == EXPIRED else "has not begun"
            raise UserError(
                f"The time of the certificate in {path} {when}: make or get another, or set "
                "this machine's clock."
            ) from None
        return ServerTls(context, (), float("inf"))  # a matter for whoever connects
    names = seen.get("subjectAltName", ())
    dns = [str(name) for kind, name in names if kind == "DNS"]
    addresses = [str(name) for kind, name in names if kind == "IP Address"]
    expires_s = ssl.cert_time_to_seconds(str(seen["notAfter"]))
    return ServerTls(context, (*dns, *addresses), float(expires_s))


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> dict[str, Any]:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server)
    for side in (theirs, ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:  # it waits for what the other says next
            continue
    return dict(theirs.getpeercert() or {})


def days_left(pair: ServerTls) -> float:
    """Return the days until a certificate ends."""
    return (pair.expires_s - time.time()) / 86_400.0
