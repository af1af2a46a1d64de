"""What ``realtime-mer doctor`` looks at of an MQTT broker."""

from __future__ import annotations

import importlib.util
import socket
import sys

from realtime_mer.broker import Broker
from realtime_mer.commands.checks import Finding

CONNECT_LIMIT_S = 3.0


def check_broker(broker: Broker) -> Finding:
    """The client is installed, and something answers where the broker is said to be."""
    check = f"MQTT to {broker}"
    if importlib.util.find_spec("paho") is None:
        remedy = f"{sys.executable} -m pip install 'realtime-mer[mqtt]'"
        return Finding(check, False, "the client, Eclipse Paho, is not installed", remedy)
    try:
        socket.create_connection((broker.host, broker.port), CONNECT_LIMIT_S).close()
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return Finding(check, True, f"{said.lower()}", "start the broker; it may come later")
    return Finding(check, True, "answers")
