"""The files of the dashboard: a fixed table of paths, read once from the package.

A path is served if it is in the table and not otherwise, so that nothing a client
writes into a URL can ever become a path on the disk.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Types of what the dashboard is made of; a file of any other kind is not served."""

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent.

    Attributes:
        body: its bytes.
        content_type: its media type, with the character set.
        etag: quoted digest of the bytes, so that a browser asks again but loads once.
    """

    body: bytes
    content_type: str
    etag: str


def load_dashboard() -> dict[str, StaticFile]:
    """Return every file of the pages by the path it is served under, ``/`` among them.

    A folder's ``index.html`` is also served under the folder's own path, ``/FOLDER`` and
    ``/FOLDER/``; it therefore names its files from the root.

    Raises:
        FileNotFoundError: if the package was installed without its dashboard.
    """
    table: dict[str, StaticFile] = {}
    _add_folder(table, files("realtime_mer").joinpath("dashboard"), "/")
    if "/" not in table:
        raise FileNotFoundError("the package holds no dashboard/index.html")
    if "/favicon.svg" in table:  # where a browser looks that shows /healthz by itself
        table["/favicon.ico"] = table["/favicon.svg"]
    return table


def _add_folder(table: dict[str, StaticFile], folder: Traversable, path: str) -> None:
    for resource in folder.iterdir():
        if resource.is_dir():
            _add_folder(table, resource, f"{path}{resource.name}/")
            continue
        content_type = CONTENT_TYPES.get("." + resource.name.rpartition(".")[2])
        if content_type is None:
            continue
        body = resource.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        table[path + resource.name] = StaticFile(body, content_type, etag)
    if path + INDEX in table:
        table[path] = table[path.rstrip("/") or "/"] = table[path + INDEX]
