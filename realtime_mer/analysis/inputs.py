"""Which files to analyse, and what their results are called."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from realtime_mer.errors import UserError

SUFFIXES = frozenset(
    f".{format_}"
    for format_ in (
        *("wav", "wave", "w64", "rf64", "flac", "ogg", "oga", "opus", "mp3"),
        *("aif", "aiff", "aifc", "au", "snd", "caf"),
    )
)
"""What counts as audio inside a folder. A file that is named is tried whatever it is called."""


def find_files(named: Iterable[Path]) -> list[Path]:
    """List the files that are meant, each once, in the order they are named.

    A folder stands for the audio files in it and in its subfolders, sorted by path, without
    hidden ones. Where the shell has left a pattern such as ``*.flac`` alone, as the one of
    Windows does, it is followed here. A folder or a pattern without any file stands for
    itself, to be reported like a file that cannot be read.
    """
    found: dict[Path, Path] = {}
    for path in named:
        if os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises at names that are too long)
            files = _in_folder(path)
        elif not os.path.exists(path) and glob.has_magic(str(path)):  # noqa: PTH110
            # Path.glob takes no pattern that begins at a root.
            matches = glob.glob(str(path), recursive=True)  # noqa: PTH207
            files = [Path(match) for match in sorted(matches)]
        else:
            files = [path]
        for file in files or [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _in_folder(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def choose_names(paths: Sequence[Path]) -> list[str]:
    """Name the result of each file, without a suffix, so that no two are the same.

    The file's own name is enough for most. Where two would be the same, their suffixes tell
    them apart, else the folders they are in, else a number. Names that differ in nothing but
    case count as the same, as they do on Windows and on a Mac.

    >>> choose_names([Path("a.wav"), Path("a.mp3"), Path("b.wav")])
    ['a.wav', 'a.mp3', 'b']
    >>> choose_names([Path("/live/a.wav"), Path("/studio/a.wav")])
    ['live_a', 'studio_a']
    """
    candidates = [_candidates(path.resolve()) for path in paths]
    chosen = [0] * len(paths)
    while True:
        names = [each[rank] for each, rank in zip(candidates, chosen, strict=True)]
        counts = Counter(name.casefold() for name in names)
        clashing = [
            index
            for index, name in enumerate(names)
            if counts[name.casefold()] > 1 and chosen[index] + 1 < len(candidates[index])
        ]
        if not clashing:
            return _numbered(names)
        for index in clashing:
            chosen[index] += 1


def _candidates(path: Path) -> list[str]:
    """Names for one file, the shortest first."""
    folders = path.parts[1:-1]
    names = [path.stem, path.name]
    for depth in range(1, len(folders) + 1):
        above = "_".join(folders[-depth:])
        names += [f"{above}_{path.stem}", f"{above}_{path.name}"]
    return names


def _numbered(names: Sequence[str]) -> list[str]:
    """Tell apart by a number what nothing else tells apart."""
    taken = {name.casefold() for name in names}
    unique: list[str] = []
    used: set[str] = set()
    for name in names:
        free, number = name, 1
        while free.casefold() in used or (number > 1 and free.casefold() in taken):
            number += 1
            free = f"{name}-{number}"
        used.add(free.casefold())
        unique.append(free)
    return unique


def choose_outputs(out: Path, paths: Sequence[Path]) -> list[Path]:
    """Choose the CSV file for each input, and make the folder.

    Args:
        out: ``FILE.csv`` for a single input, else a folder, made where it is missing.
        paths: the inputs.

    Raises:
        UserError: if one file is given for several inputs, or the folder cannot be made.
    """
    is_folder = os.path.isdir(out)  # noqa: PTH112
    if out.suffix.lower() == ".csv" and not is_folder:
        if len(paths) > 1:
            raise UserError(
                f"{len(paths)} files do not go into one {out.name}: give a folder, as in "
                f"--out {out.with_suffix('')}."
            )
        outputs = [out] * len(paths)
        folder = out.parent
    else:
        outputs = [out / f"{name}.csv" for name in choose_names(paths)]
        folder = out
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UserError(
            f"{folder} is a file: give --out a folder, or a name that ends in .csv."
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"The folder {folder} cannot be made ({reason}): give --out another."
        ) from None
    return outputs
