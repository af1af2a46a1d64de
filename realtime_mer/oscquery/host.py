"""Answers to what is asked about the tree, by path and query of a URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from realtime_mer.oscquery.method import READ, Method
from realtime_mer.oscquery.packets import LastSent
from realtime_mer.oscquery.tree import Tree

ATTRIBUTES = (
    "FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "OVERLOADS",
)  # fmt: skip
"""What a node may have."""
NEVER = ("TAGS", "EXTENDED_TYPE", "CRITICAL", "CLIPMODE")
"""What the proposal knows too; it is answered with 204."""
HOST_INFO, PAGE = "HOST_INFO", "HTML"

EXTENSIONS = {
    **dict.fromkeys(ATTRIBUTES[3:], True),
    PAGE: True,
    "LISTEN": True,
    **dict.fromkeys(NEVER, False),
    "PATH_CHANGED": True,
    **dict.fromkeys(("PATH_ADDED", "PATH_REMOVED", "PATH_RENAMED"), False),
    "OSC_STREAMING": False,  # ossia's own: values over UDP rather than the WebSocket
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and JSON where there is any."""

    status: HTTPStatus
    body: bytes = b""


class QueryHost:
    """What is known of a run's addresses, and of their values.

    :meth:`take` belongs to the thread that sends, all else to the one that serves.

    Args:
        name: of this tracker, for people.
        methods: see :func:`~realtime_mer.oscquery.space.address_space`.
        control: IP address ("" for that of the page) and port where control is taken, or None.
    """

    def __init__(
        self, name: str, methods: Iterable[Method], control: tuple[str, int] | None = None
    ) -> None:
        self.name = name
        self._control = control
        self._last = LastSent(())
        self.on_change: Callable[[], None] = lambda: None
        """Called when others are described, by whoever asked for it; must not block."""
        self.change(methods)

    def change(self, methods: Iterable[Method]) -> None:
        """Describe others from now on; from any thread, since each part is put in place whole."""
        tree = Tree(methods, self.name)
        self._last = self._last.of(tree.methods())
        self.tree = tree
        self.addresses = frozenset(
            method.address for method in tree.methods() if method.access & READ
        )
        """What may be listened to."""
        self.on_change()

    def take(self, packets: Iterable[bytes]) -> None:
        """Remember messages as they are sent."""
        self._last.take(packets)

    def answer(self, path: str, query: str, port: int) -> Answer:
        """Answer a GET.

        Args:
            path: of the URL, such as ``/mer/arousal`` or ``/mer``.
            query: names of attributes, such as ``VALUE``; none for all.
            port: the request came to.
        """
        wanted = attributes_in(query)
        if HOST_INFO in wanted:
            return _ok(self.host_info(port))
        if PAGE in wanted:  # the files of the page are served before anybody asks here
            return Answer(HTTPStatus.NOT_FOUND)
        node = self.tree.find(unquote(path.partition("#")[0]))
        if node is None:
            return Answer(HTTPStatus.NOT_FOUND)
        if not all(name in ATTRIBUTES or name in NEVER for name in wanted):
            return Answer(HTTPStatus.BAD_REQUEST)
        if wanted and all(name in NEVER for name in wanted):
            return Answer(HTTPStatus.NO_CONTENT)
        readable = node.method is not None and node.method.access & READ
        if wanted == ["VALUE"] and not readable:
            return Answer(HTTPStatus.NO_CONTENT)
        found = self.tree.attributes(node, self._last.value)
        return _ok({name: found[name] for name in wanted if name in found} if wanted else found)

    def host_info(self, port: int) -> dict[str, object]:
        """Return what ``HOST_INFO`` says.

        ``OSC_PORT`` is there only where control is taken: nobody else listens for OSC.
        """
        info: dict[str, object] = {"NAME": self.name, "EXTENSIONS": EXTENSIONS, "WS_PORT": port}
        if self._control is not None:
            address, osc_port = self._control
            info |= {"OSC_PORT": osc_port, "OSC_TRANSPORT": "UDP"}
            if address:
                info["OSC_IP"] = address
        return info


def attributes_in(query: str) -> list[str]:
    """Return the names a query asks for, each once; a token is none of them.

    >>> attributes_in("VALUE"), attributes_in("token=secret&HOST_INFO=")
    (['VALUE'], ['HOST_INFO'])
    """
    names = (part.partition("=")[0] for part in query.partition("#")[0].split("&"))
    return [name for name in dict.fromkeys(map(unquote, names)) if name and name != "token"]


def is_for_a_program(accept: Sequence[str], query: str) -> bool:
    """Tell whether ``/`` is asked for as a tree rather than as a page.

    Programs that speak OSCQuery send ``Accept: */*`` or nothing; browsers ask for
    ``text/html`` by name. An attribute in the query means the tree in any case.

    Args:
        accept: values of every ``Accept`` header.
        query: of the URL.
    """
    wanted = attributes_in(query)
    if PAGE in wanted:
        return False
    if any(name in ATTRIBUTES or name in NEVER or name == HOST_INFO for name in wanted):
        return True
    return "text/html" not in ",".join(accept).lower()


def _ok(value: dict[str, object]) -> Answer:
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Answer(HTTPStatus.OK, text.encode() + b"\n")
