"""The tree, walked from its root."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime_mer.oscquery.method import READ, Method
from realtime_mer.oscquery.tree import Tree

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/#*,?[]{}"),
                min_size=1, max_size=4)  # fmt: skip
ADDRESSES = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))


def walk(node: dict[str, Any]) -> list[dict[str, Any]]:
    """A node and all below it."""
    found = [node]
    for inner in node.get("CONTENTS", {}).values():
        found += walk(inner)
    return found


@given(st.lists(ADDRESSES, max_size=20))
def test_a_walk_meets_every_method_once(addresses: list[str]) -> None:
    """Whatever the addresses, each is met where its path says, and nothing else with a type."""
    tree = Tree([Method(address, "f", READ, "") for address in addresses], "root")
    root = tree.find("/")
    assert root is not None
    nodes = walk(tree.attributes(root, lambda method: [0.5]))
    methods = [node["FULL_PATH"] for node in nodes if "TYPE" in node]
    assert sorted(methods) == sorted(set(addresses))
    for node in nodes:
        found = tree.find(node["FULL_PATH"])
        assert found is not None
        assert tree.attributes(found, lambda method: [0.5]) == node
        for name, inner in node.get("CONTENTS", {}).items():
            assert inner["FULL_PATH"] == f"{node['FULL_PATH'].rstrip('/')}/{name}"
    assert {method.address for method in tree.methods()} == set(addresses)


def test_a_method_may_contain_others() -> None:
    """/a and /a/b are both there, and /a is found with a type and with contents."""
    tree = Tree([Method("/a/b", "i", READ, ""), Method("/a", "f", READ, "")], "root")
    node = tree.find("/a")
    assert node is not None
    described = tree.attributes(node, lambda method: None)
    assert described["TYPE"] == "f"
    assert list(described["CONTENTS"]) == ["b"]  # type: ignore[call-overload]


def test_a_container_has_no_access_and_no_type() -> None:
    """ACCESS 0, as the proposal has it; an empty tree is a root without contents."""
    root = Tree([], "nothing").find("/")
    assert root is not None
    assert Tree([], "nothing").find("/a") is None
    empty = Tree([], "nothing")
    node = empty.find("")
    assert node is not None
    assert empty.attributes(node, lambda method: None) == {
        "FULL_PATH": "/",
        "ACCESS": 0,
        "DESCRIPTION": "nothing",
        "CONTENTS": {},
    }
