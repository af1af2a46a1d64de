"""Where recordings are: folders of this machine, and whatever fsspec reaches.

An address with ``://`` in it (``s3://bucket/music``, ``https://host/song.flac``) is fsspec's;
anything else is a path. Folders are walked as the work goes on, never listed as a whole.
"""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from realtime_mer.analysis.inputs import SUFFIXES
from realtime_mer.errors import UserError

COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was found.

    Attributes:
        name: as a person would say it: what was named, and what is below it.
        address: the same as any process of any machine finds it, given the same disk.
        size_bytes: -1 where the place does not say.
    """

    name: str
    address: str
    size_bytes: int


def is_remote(address: str) -> bool:
    """Whether an address is fsspec's."""
    return "://" in address


def walk(named: Iterable[str], *, ask_sizes: bool = True) -> Iterator[Found]:
    """Yield the recordings that are meant, folder by folder, in the order of their names.

    A folder stands for what is audio by its name in it and below, without what is hidden. A
    file that is named is meant whatever it is called. What lies in a folder that is named as
    well is yielded once. A folder that cannot be listed stands for itself; links to folders
    are not followed.

    Args:
        named: files, folders and addresses.
        ask_sizes: whether to ask for the length of each file where a listing does not say it,
            as those of web servers do not.

    Raises:
        UserError: where an address cannot be listed, or fsspec is missing for it.
    """
    wanted = [part for address in named for part in _patterns(address)]
    whole = {each: Path(each).resolve() for each in wanted if not is_remote(each)}
    for address in dict.fromkeys(wanted):
        if is_remote(address):
            yield from _walk_remote(address, ask_sizes)
        elif not any(other in whole[address].parents for other in whole.values()):
            yield from _walk_local(Path(address))


def _patterns(address: str) -> list[str]:
    """What a pattern stands for that the shell has left alone, as that of Windows does."""
    if is_remote(address) or not glob.has_magic(address) or Path(address).exists():
        return [address]
    # Path.glob takes no pattern that begins at a root.
    return sorted(glob.glob(address, recursive=True)) or [address]  # noqa: PTH207


def _walk_local(path: Path) -> Iterator[Found]:
    if path.is_dir():
        yield from _walk_folder(path)
        return
    yield Found(_text(str(path)), str(path.absolute()), _length(path))


def _walk_folder(folder: Path) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        # It stands for itself, to be reported like a file that cannot be read.
        yield Found(_text(str(folder)), str(folder.absolute()), -1)
        return
    for entry in inside:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):  # a link to a folder above would have no end
            yield from _walk_folder(Path(entry.path))
        elif _is_audio(entry.name) and (entry.is_file() or not Path(entry.path).exists()):
            whole = str(Path(entry.path).absolute())
            yield Found(_text(entry.path), whole, _length(Path(entry.path)))


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _text(path: str) -> str:
    """A name that any table takes; POSIX allows bytes in names that are no text."""
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _is_audio(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _walk_remote(address: str, ask_sizes: bool) -> Iterator[Found]:
    fsspec = _library()
    try:
        place, path = fsspec.core.url_to_fs(address)
        if _is_audio(path.split("?")[0]) or not place.isdir(path):
            about = place.info(path)
            yield Found(address, address, _size(about))
            return
        for root, _, files in place.walk(path, detail=True):
            for name, about in sorted(files.items()):
                hidden = any(part.startswith(".") for part in _below(root, path))
                if _is_audio(name) and not name.startswith(".") and not hidden:
                    full = place.unstrip_protocol(about["name"])
                    size = _size(about)
                    if size < 0 and ask_sizes:
                        size = _size(place.info(about["name"]))
                    yield Found(full, full, size)
    except (OSError, ValueError, ImportError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{address} cannot be read ({said}): check the address.") from error


def _below(root: str, top: str) -> list[str]:
    return [part for part in root[len(top) :].split("/") if part]


def _size(about: dict[str, Any]) -> int:
    size = about.get("size")
    return -1 if size is None else int(size)


@contextmanager
def on_this_machine(address: str) -> Iterator[Path]:
    """Give a path at which an address can be read, for as long as a ``with`` block lasts.

    What lies elsewhere is copied to a temporary file first: decoders seek, and networks fail
    in the middle, which then is noticed before anything was analysed.

    Raises:
        OSError: the network or the disk failed; trying again may help.
    """
    if not is_remote(address):
        yield Path(address)
        return
    suffix = PurePosixPath(address.split("?")[0]).suffix
    with tempfile.TemporaryDirectory(prefix="realtime-mer-") as folder:
        path = Path(folder) / f"recording{suffix}"
        with _library().open(address, "rb") as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy, COPY_BYTES)
        yield path


def _library() -> Any:
    try:
        import fsspec
    except ImportError:
        raise UserError(
            "Addresses with :// need fsspec, which is not installed: "
            "pip install 'realtime-mer[cluster]'."
        ) from None
    return fsspec
