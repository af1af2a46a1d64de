"""A Zeroconf browser, as a program that looks for OSCQuery has one."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

BROWSE_LIMIT_S = 15.0
KINDS = ("_oscjson._tcp.local.", "_osc._udp.local.")


class Browser(ServiceListener):
    """Collects what is announced on one interface.

    Args:
        interface: its IP address.
    """

    def __init__(self, interface: str = "127.0.0.1") -> None:
        self._found: dict[str, ServiceInfo] = {}
        self._news = threading.Condition()
        self._zeroconf = Zeroconf(interfaces=[interface], ip_version=IPVersion.V4Only)
        self._browsers = [ServiceBrowser(self._zeroconf, kind, self) for kind in KINDS]

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for browser in self._browsers:
            browser.cancel()
        self._zeroconf.close()

    def wait_for(self, kind: str, name: str) -> ServiceInfo:
        """Return a service once it is found.

        Raises:
            AssertionError: it is not, within the limit.
        """
        with self._news:
            found = self._news.wait_for(
                lambda: self._found.get(f"{name}.{kind}"), timeout=BROWSE_LIMIT_S
            )
            assert found is not None, f"no {name!r} of {kind} among {sorted(self._found)}"
            return found

    def wait_for_port(self, kind: str, port: int) -> ServiceInfo:
        """Return the service at a port, whatever its name, once it is found, or fail."""
        with self._news:
            found = self._news.wait_for(lambda: self._at(kind, port), timeout=BROWSE_LIMIT_S)
            assert found, f"nothing of {kind} at {port} among {sorted(self._found)}"
            return self._at(kind, port)[0]

    def sees(self, kind: str, port: int) -> bool:
        """Whether a service at a port is there now."""
        with self._news:
            return bool(self._at(kind, port))

    def _at(self, kind: str, port: int) -> list[ServiceInfo]:
        return [each for each in self._found.values() if (each.type, each.port) == (kind, port)]

    def wait_until_gone(self, kind: str, name: str) -> None:
        """Wait until a service was taken back, or fail."""
        with self._news:
            assert self._news.wait_for(
                lambda: f"{name}.{kind}" not in self._found, timeout=BROWSE_LIMIT_S
            ), f"{name!r} of {kind} is still there"

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Take note of a service that came."""
        deadline = time.monotonic() + BROWSE_LIMIT_S
        info = None
        while info is None and time.monotonic() < deadline:
            info = zc.get_service_info(type_, name, 1000)
        if info is not None:
            with self._news:
                self._found[name] = info
                self._news.notify_all()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Take note of a service that changed."""
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Take note of a service that went."""
        with self._news:
            self._found.pop(name, None)
            self._news.notify_all()
