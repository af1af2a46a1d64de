"""The tree of all addresses, and any part of it as JSON has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from realtime_mer.oscquery.method import NO_VALUE, Method, joined

ValueOf = Callable[[Method], Sequence[object] | None]
"""Returns the arguments of a method when it was last sent, or None."""


@dataclass(slots=True)
class Node:
    """A place in the tree: a method, a container of others, or both."""

    path: str
    method: Method | None = None
    contents: dict[str, Node] = field(default_factory=dict)


class Tree:
    """All methods, found by their addresses.

    Args:
        methods: several of one address become one, see :func:`joined`.
        description: of the root.
    """

    def __init__(self, methods: Iterable[Method], description: str) -> None:
        self._description = description
        self._root = Node("/")
        for method in methods:
            node = self._root
            for name in method.address[1:].split("/"):
                path = f"{node.path.rstrip('/')}/{name}"
                node = node.contents.setdefault(name, Node(path))
            node.method = method if node.method is None else joined(node.method, method)

    def find(self, path: str) -> Node | None:
        """Return the node at a path such as ``/`` or ``/mer/arousal``, or None."""
        node: Node | None = self._root
        for name in filter(None, path.split("/")):
            node = node.contents.get(name) if node else None
        return node

    def methods(self) -> list[Method]:
        """Return every method, once for each address."""
        found: list[Method] = []
        waiting = [self._root]
        while waiting:
            node = waiting.pop(0)
            if node.method is not None:
                found.append(node.method)
            waiting += node.contents.values()
        return found

    def attributes(self, node: Node, value_of: ValueOf) -> dict[str, object]:
        """Return all attributes of a node, and in its ``CONTENTS`` those of what is in it."""
        method = node.method
        if method is not None:
            found = method.attributes(value_of(method))
        else:
            found = {"FULL_PATH": node.path, "ACCESS": NO_VALUE}
            if node is self._root:
                found["DESCRIPTION"] = self._description
        if node.contents or method is None:
            found["CONTENTS"] = {
                name: self.attributes(inner, value_of) for name, inner in node.contents.items()
            }
        return found
