"""An MQTT broker as a person writes it: ``mqtt://user:password@host:port/topic``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from realtime_mer.addresses import format_target
from realtime_mer.errors import UserError

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The port of each scheme where none is written: those registered with IANA."""
DEFAULT_TOPIC = "mer"
LONGEST_TOPIC_BYTES = 200  # the protocol allows 65535; brokers and people do not

_HOST = re.compile(r"[^\s/\\:\[\]@?#%]+|[0-9a-f:.]+", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=:)(?!//).*@")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where an MQTT broker is, and under which topic to publish.

    Attributes:
        host: name or address, without brackets.
        port: 1 to 65535.
        topic: without a slash at either end.
        tls: whether the line is encrypted and the broker's certificate checked.
        user: None for none.
        password: None for none; never shown.
    """

    host: str
    port: int
    topic: str
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Return the address without user and password, for people to read."""
        scheme = "mqtts" if self.tls else "mqtt"
        return f"{scheme}://{format_target(self.host, self.port)}/{self.topic}"

    @property
    def url(self) -> str:
        """The whole address, as :func:`parse_broker` reads it."""
        scheme = "mqtts" if self.tls else "mqtt"
        who = ""
        if self.user is not None:
            who = quote(self.user, safe="")
            who += "@" if self.password is None else f":{quote(self.password, safe='')}@"
        return f"{scheme}://{who}{format_target(self.host, self.port)}/{quote(self.topic)}"


def parse_broker(text: str) -> Broker:
    """Read the address of a broker; nothing is looked up.

    Args:
        text: ``mqtt://host/topic``; with ``mqtts``, by TLS. Port, user, password and topic may
            be left out (1883 or 8883, nobody, ``mer``); what URLs do not allow in user, password
            or topic is written with percent signs, such as ``%40`` for ``@``.

    Raises:
        UserError: if it is no such address; the sentence shows no password.

    >>> parse_broker("mqtt://broker.local/stage/left")
    Broker(host='broker.local', port=1883, topic='stage/left', tls=False, user=None)
    """
    text = text.strip()
    shown = repr(_PASSWORD.sub("…@", text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UserError(
            f"{shown} is no address of a broker: write mqtt://HOST:PORT/TOPIC, with a port of 1 "
            "to 65535."
        ) from None
    if parts.scheme not in PORTS or not text.lower().startswith(f"{parts.scheme}://"):
        raise UserError(
            f"{shown} is no address of a broker: write mqtt://HOST/TOPIC, or mqtts:// for TLS."
        )
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise UserError(
            f"{shown} has a ? or a # in it: write %3F and %23 for them in a user or a password; "
            "a topic to publish to has none."
        )
    return Broker(
        host=_host(parts, shown),
        port=_port(parts.scheme, port, shown),
        topic=_topic(unquote(parts.path), shown),
        tls=parts.scheme == "mqtts",
        user=unquote(parts.username) if parts.username else None,
        password=_password(parts, shown),
    )


def _host(parts: SplitResult, shown: str) -> str:
    host = parts.hostname or ""
    try:
        host.encode("idna")
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host):
        raise UserError(f"{shown} names no host: write mqtt://HOST/TOPIC.")
    return host


def _port(scheme: str, port: int | None, shown: str) -> int:
    if port == 0:
        raise UserError(f"{shown} has port 0: write one of 1 to 65535, or none.")
    return port or PORTS[scheme]


def _topic(path: str, shown: str) -> str:
    topic = path.strip("/") or DEFAULT_TOPIC
    if any(sign in topic for sign in "+#\0") or topic.startswith("$"):
        raise UserError(
            f"{shown} has a topic nobody can publish to: write it without + and #, and without "
            "$ in front."
        )
    if len(topic.encode("utf-8", "surrogatepass")) > LONGEST_TOPIC_BYTES or not _is_text(topic):
        raise UserError(f"{shown} has a topic that is too long or no text: write a shorter one.")
    return topic


def _password(parts: SplitResult, shown: str) -> str | None:
    if parts.password is None:
        return None
    if not parts.username:
        raise UserError(
            f"{shown} has a password and no user: write mqtt://USER:PASSWORD@HOST/TOPIC."
        )
    return unquote(parts.password)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
