"""Estimates to an MQTT broker: how they reach more programs than one machine can serve.

Everything is retained, so that whoever subscribes has the last word at once, and a last will
says when the tracker is gone. The client is Eclipse Paho, an optional extra; it sends in a
thread of its own, and connects again by itself.
"""

from __future__ import annotations

import logging
import secrets
import socket
import sys
import threading
from types import ModuleType
from typing import Any

from realtime_mer.broker import Broker
from realtime_mer.errors import UserError
from realtime_mer.estimate import Estimate, Status
from realtime_mer.sinks.mqtt_messages import ONLINE, Messages, estimate_messages, status_messages

KEEPALIVE_S = 10
"""Silence after which a line is tried; the broker publishes the will after one and a half of it."""
RETRY_FIRST_S = 1
RETRY_LONGEST_S = 30
MOST_WAITING = 2_000
"""Messages that wait for a slow broker, some hundred seconds' worth; further ones are left out."""
CLOSE_LIMIT_S = 0.9

log = logging.getLogger(__name__)


class MqttSink:
    """Publishes every estimate and status, retained, below the topic of the broker's address.

    A broker that is away, or not there yet, costs nothing: it is tried again, every 30 seconds
    at the latest, and has the last estimate as soon as it is back. What it missed meanwhile is
    not sent: an estimate is of its moment.

    Args:
        broker: where to.

    Raises:
        UserError: where the library is missing.
    """

    def __init__(self, broker: Broker) -> None:
        paho = _library()
        self._broker = broker
        self._latest: Messages = {}
        self._waiting = 0
        self._counting = threading.Lock()
        self._connected = False
        self._problem = ""
        self.left_out = 0
        """Messages that a slow broker was not sent."""
        name = f"realtime-mer-{secrets.token_hex(4)}"
        self._client: Any = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name)
        self._client.will_set(self._topic(ONLINE), "0", qos=1, retain=True)
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self._client.tls_set()
        self._client.reconnect_delay_set(RETRY_FIRST_S, RETRY_LONGEST_S)
        self._client.on_socket_open = _send_at_once
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.connect_async(broker.host, broker.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def publish(self, estimate: Estimate) -> None:
        """Publish one estimate."""
        self._publish(estimate_messages(estimate))

    def report(self, status: Status) -> None:
        """Publish the state of the run."""
        self._publish(status_messages(status))

    def describe(self) -> str:
        """Return the broker's address, and in parentheses what is wrong, if anything."""
        problem = self._problem or ("" if self._connected else "connecting")
        return f"{self._broker} ({problem})" if problem else str(self._broker)

    def close(self) -> None:
        """Say goodbye, within a second."""
        ending = threading.Thread(target=self._say_goodbye, name="mqtt goodbye", daemon=True)
        ending.start()
        ending.join(CLOSE_LIMIT_S)
        if self.left_out:
            log.warning("MQTT: the broker was too slow for %d messages.", self.left_out)

    def _say_goodbye(self) -> None:
        if self._connected:
            message = self._client.publish(self._topic(ONLINE), "0", qos=1, retain=True)
            try:
                message.wait_for_publish(CLOSE_LIMIT_S / 2)
            except (RuntimeError, ValueError):  # the line broke: the broker publishes the will
                log.debug("MQTT: the goodbye was not heard.")
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, messages: Messages) -> None:
        # One at a time: what is the latest must also be what was sent last.
        with self._counting:
            self._latest |= messages
            if self._connected:
                self._send(messages)

    def _send(self, messages: Messages) -> None:
        if self._waiting + len(messages) > MOST_WAITING:
            self.left_out += len(messages)
            return
        for name, payload in messages.items():
            self._client.publish(self._topic(name), payload, qos=0, retain=True)
        self._waiting += len(messages)

    def _topic(self, name: str) -> str:
        return f"{self._broker.topic}/{name}"

    # What follows is called by the client, in its thread.

    def _on_connect(
        self, client: Any, userdata: object, flags: object, reason: Any, properties: object
    ) -> None:
        if reason.is_failure:
            said = str(reason).lower()
            refused = "user name" in said or "not authorized" in said
            self._note("check the user and the password" if refused else said)
            return
        log.info("MQTT to %s: %s.", self._broker, "works again" if self._problem else "connected")
        self._problem = ""
        with self._counting:
            self._waiting = 0
            self._connected = True
            client.publish(self._topic(ONLINE), "1", qos=1, retain=True)
            self._send(self._latest)

    def _on_connect_fail(self, client: object, userdata: object) -> None:
        error = sys.exc_info()[1]  # the client calls this while it handles the error
        self._note(_reason(error))

    def _on_disconnect(
        self, client: object, userdata: object, flags: object, reason: Any, properties: object
    ) -> None:
        with self._counting:
            was_connected, self._connected = self._connected, False
        if was_connected and reason.is_failure:
            self._note("the line broke")

    def _on_publish(
        self, client: object, userdata: object, number: int, reason: object, properties: object
    ) -> None:
        with self._counting:
            self._waiting = max(self._waiting - 1, 0)

    def _note(self, problem: str) -> None:
        if not self._problem:
            log.warning("MQTT to %s: %s; it is tried again.", self._broker, problem)
        self._problem = problem


def _send_at_once(client: object, userdata: object, opened: Any) -> None:
    """Keep Nagle's algorithm from holding the small messages of an estimate back."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _reason(error: BaseException | None) -> str:
    verification = getattr(error, "verify_message", "")
    if verification:
        return f"its certificate is not trusted ({verification})"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, socket.gaierror):
        return "the name is not found"
    return getattr(error, "strerror", None) or str(error) or "it cannot be reached"


def _library() -> ModuleType:
    try:
        from paho.mqtt import client
    except ImportError:
        raise UserError(
            "--mqtt needs Eclipse Paho, which is not installed: pip install 'realtime-mer[mqtt]'."
        ) from None
    module: ModuleType = client
    return module
