"""Which files of the page are served."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import realtime_mer
from realtime_mer.mood import SECTORS
from realtime_mer.sinks.web.downloads import PATHS
from realtime_mer.sinks.web.static import CONTENT_TYPES, load_dashboard

DASHBOARD = Path(realtime_mer.__file__).parent / "dashboard"


FILES = sorted(path for path in DASHBOARD.rglob("*") if path.is_file())


def served(path: Path) -> str:
    """Where a file of the package is served."""
    return "/" + path.relative_to(DASHBOARD).as_posix()


def test_the_table_is_exactly_the_folder() -> None:
    """Every file has its path and type, an index also its folder's; there is nothing else."""
    table = load_dashboard()
    indexes = {
        served(path).removesuffix(end)
        for path in FILES
        for end in ("index.html", "/index.html")
        if path.name == "index.html" and served(path) != end
    }
    assert set(table) == {served(path) for path in FILES} | indexes | {"/favicon.ico"}
    assert table["/"] is table["/index.html"]
    assert table["/stage"] is table["/stage/"] is table["/stage/index.html"]
    assert table["/favicon.ico"] is table["/favicon.svg"]
    for path in FILES:
        found = table[served(path)]
        assert found.body == path.read_bytes()
        assert found.content_type == CONTENT_TYPES[path.suffix]


def test_tags_tell_files_apart() -> None:
    """No two files share a tag, so that a browser never keeps the wrong one."""
    table = load_dashboard()
    assert len({table[served(path)].etag for path in FILES}) == len(FILES)


def test_the_pages_name_no_other_address() -> None:
    """Nothing the pages load or link to lies outside of them (an XML namespace is no link)."""
    for path in FILES:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text), path.name


def test_every_import_and_reference_exists() -> None:
    """A module, stylesheet or picture that is named is there."""
    table = load_dashboard()
    references = 0
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        named = re.findall(r'from "(\.[^"]+)"', text)
        if path.suffix == ".html":
            named += re.findall(r'(?:src|href)="([^"]+\.\w+)"', text)
        for name in named:
            if f"/{name}" in PATHS:  # the server writes it when it is asked for
                continue
            assert urljoin(served(path), name) in table, f"{path.name} names {name}"
        references += len(named)
    assert references > 20


def test_the_page_has_the_words_of_the_plane() -> None:
    """The page's words are the tracker's, in the same order round the circle."""
    text = (DASHBOARD / "words.js").read_text(encoding="utf-8")
    listed = re.search(r"SECTORS = \[(.*?)\]", text, re.DOTALL)
    assert listed
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == SECTORS
