"""An announcement by Zeroconf (multicast DNS, RFC 6762 and 6763), so that programs find us.

``_oscjson._tcp`` is where OSCQuery is answered, ``_osc._udp`` where control is taken. What
is bound to this machine alone is announced on its loopback interface alone: to a network it
would be a name that leads nobody anywhere.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_mer.sinks.web.access import is_loopback

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

OSC_JSON, OSC_UDP = "_oscjson._tcp.local.", "_osc._udp.local."

LONGEST_NAME = 63
"""Bytes of one label of a DNS name."""
ASK_MS = 1300
"""How long others have to say that a name is theirs: what they said within the last second
they say again only after it (RFC 6762, section 6)."""
CLOSE_S = 0.9
LOOPBACK = "127.0.0.1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """One port to announce.

    Attributes:
        kind: :data:`OSC_JSON` or :data:`OSC_UDP`.
        host: name or address it is bound to, which may be a wildcard.
        port: 1 to 65535.
    """

    kind: str
    host: str
    port: int


def tracker_name(host_name: str) -> str:
    """Return what this tracker is called on the network.

    >>> tracker_name("stage-left.lan")
    'realtime-mer on stage-left'
    """
    return numbered(f"realtime-mer on {host_name.partition('.')[0] or 'this machine'}", 1)


class Announcement:
    """Services announced for as long as it is open.

    All of it happens in a thread of its own, since to make sure that a name is free takes
    two or three seconds; the constructor returns at once. A name that is taken gets a number.
    What fails is logged, in one sentence, and costs nothing else.

    Args:
        name: see :func:`tracker_name`.
        services: what to announce.
    """

    def __init__(self, name: str, services: Sequence[Service]) -> None:
        self._name = name
        self._services = tuple(services)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self.announced = threading.Event()
        """Set when all is announced that can be."""
        self._thread = threading.Thread(target=self._run, name="announcement", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say goodbye and stop, within a second."""
        with suppress(RuntimeError):  # it ended by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        opened: list[AsyncZeroconf] = []
        announcing = asyncio.ensure_future(self._announce_all(opened))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({announcing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await stopping
        finally:
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)
            # Closing takes back what was announced.
            await asyncio.gather(*(each.async_close() for each in opened), return_exceptions=True)

    async def _announce_all(self, opened: list[AsyncZeroconf]) -> None:
        """Announce on loopback and on the networks, neither waiting for the other."""
        local = [each for each in self._services if is_loopback(each.host)]
        others = [each for each in self._services if not is_loopback(each.host)]
        await asyncio.gather(*(self._try_to_announce(each, opened) for each in (local, others)))
        self.announced.set()

    async def _try_to_announce(
        self, services: Sequence[Service], opened: list[AsyncZeroconf]
    ) -> None:
        try:
            if services:
                await self._announce(services, opened)
        except Exception as error:  # the library's own, and whatever a network may hold
            log.warning(
                "This tracker could not be announced (%s): give programs its address, or use "
                "--no-announce.",
                str(error) or type(error).__name__,
            )

    async def _announce(self, services: Sequence[Service], opened: list[AsyncZeroconf]) -> None:
        from zeroconf import InterfaceChoice, IPVersion
        from zeroconf.asyncio import AsyncZeroconf

        interfaces = [LOOPBACK] if is_loopback(services[0].host) else InterfaceChoice.All
        # A host name of our own: that of the machine belongs to its system's responder.
        server = f"realtime-mer-{secrets.token_hex(4)}.local."
        addresses = [reachable_at(each.host) for each in services]
        zeroconf = AsyncZeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
        opened.append(zeroconf)
        name = await self._free_name(zeroconf, [each.kind for each in services])
        sent = await asyncio.gather(
            *(
                zeroconf.async_register_service(
                    service_info(name, service, server, reached_at), allow_name_change=True
                )
                for service, reached_at in zip(services, addresses, strict=True)
            )
        )
        await asyncio.gather(*sent)

    async def _free_name(self, zeroconf: AsyncZeroconf, kinds: Sequence[str]) -> str:
        """Return the name, with a number where others have it.

        The library asks as well, but for answers to its own port, which it may share with the
        responder of the system: on one machine such an answer reaches either of them. Here
        the answer comes to everybody.
        """
        from zeroconf import DNSQuestionType
        from zeroconf.asyncio import AsyncServiceInfo

        number = 1
        while True:
            name = numbered(self._name, number)
            taken = await asyncio.gather(
                *(
                    AsyncServiceInfo(kind, f"{name}.{kind}").async_request(
                        zeroconf.zeroconf, ASK_MS, question_type=DNSQuestionType.QM
                    )
                    for kind in kinds
                )
            )
            if not any(taken):
                return name
            number += 1


def numbered(name: str, number: int) -> str:
    """Return a name with its number, if it is not the first, still one label long.

    >>> numbered("realtime-mer on stage", 2)
    'realtime-mer on stage (2)'
    """
    end = "" if number == 1 else f" ({number})"
    return name.encode()[: LONGEST_NAME - len(end)].decode(errors="ignore") + end


def service_info(name: str, service: Service, server: str, addresses: Sequence[str]) -> ServiceInfo:
    """Return what is announced of a service.

    Args:
        name: of the tracker.
        service: where it is.
        server: host name to announce, which nobody else may have.
        addresses: of that host.
    """
    from zeroconf import ServiceInfo

    return ServiceInfo(
        service.kind,
        f"{name}.{service.kind}",
        port=service.port,
        parsed_addresses=list(addresses),
        server=server,
    )


def reachable_at(host: str) -> list[str]:
    """Return the IP addresses at which others reach what is bound to a host.

    Args:
        host: a name or address; for a wildcard, all addresses of this machine's networks.

    Raises:
        OSError: if a name is not known, or there is no network.
    """
    import ifaddr

    family = socket.AF_INET if host == "localhost" else socket.AF_UNSPEC
    found = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)
    address = str(found[0][4][0])
    if address not in ("0.0.0.0", "::"):
        return [address]
    ips = [each.ip for adapter in ifaddr.get_adapters() for each in adapter.ips]
    # An IPv6 address comes with its flow and scope.
    same = [ip[0] if isinstance(ip, tuple) else ip for ip in ips]
    same = [each for each in same if (":" in each) == (":" in address) and not is_loopback(each)]
    if not same:
        raise OSError("this machine is on no network")
    return same
