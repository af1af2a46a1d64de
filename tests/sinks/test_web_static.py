"""Which files of the page are served."""

from __future__ import annotations

import re
from pathlib import Path

import realtime_mer
from realtime_mer.mood import SECTORS
from realtime_mer.sinks.web.static import CONTENT_TYPES, load_dashboard

DASHBOARD = Path(realtime_mer.__file__).parent / "dashboard"


def test_the_table_is_exactly_the_folder() -> None:
    """Every file of the page has a path and a type, the index two; there is nothing else."""
    table = load_dashboard()
    names = {path.name for path in DASHBOARD.iterdir()}
    assert set(table) == {"/", "/favicon.ico"} | {f"/{name}" for name in names}
    assert table["/"] is table["/index.html"]
    assert table["/favicon.ico"] is table["/favicon.svg"]
    for name in names:
        found = table[f"/{name}"]
        assert found.body == (DASHBOARD / name).read_bytes()
        assert found.content_type == CONTENT_TYPES[Path(name).suffix]


def test_tags_tell_files_apart() -> None:
    """No two files share a tag, so that a browser never keeps the wrong one."""
    table = load_dashboard()
    del table["/"], table["/favicon.ico"]
    assert len({found.etag for found in table.values()}) == len(table)


def test_the_page_names_no_other_address() -> None:
    """Nothing the page loads or links to lies outside of it (an XML namespace is no link)."""
    for path in DASHBOARD.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text), path.name


def test_every_import_and_reference_exists() -> None:
    """A module, stylesheet or picture that is named is there."""
    table = load_dashboard()
    for path in DASHBOARD.iterdir():
        text = path.read_text(encoding="utf-8")
        named = re.findall(r'from "\./([^"]+)"', text)
        if path.suffix == ".html":
            named += re.findall(r'(?:src|href)="([^"]+\.\w+)"', text)
        for name in named:
            assert f"/{name}" in table, f"{path.name} names {name}"


def test_the_page_has_the_words_of_the_plane() -> None:
    """The page's words are the tracker's, in the same order round the circle."""
    text = (DASHBOARD / "words.js").read_text(encoding="utf-8")
    listed = re.search(r"SECTORS = \[(.*?)\]", text, re.DOTALL)
    assert listed
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == SECTORS
