"""A file that takes its room on the disk before it needs it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from realtime_mer.sinks.new_file import create, is_removed

AHEAD_BYTES = 1 << 18
"""Room taken at a time: a second or so of sound."""
_ZEROS = bytes(1 << 16)


class GrowingFile:
    """A new file, written from beginning to end, with a header that is put right on the way.

    An encoder that finds the disk full in the middle of a frame is lost for good. So room is
    taken first, by writing zeros, and only what has its room is given to the encoder: a disk
    that fills up is noticed before a frame is begun. What was taken and not used is given back
    when the file is closed; until then it stands as zeros at its end.

    It has what ``soundfile`` asks of a file object. As it is called from C, which cannot be
    told of an exception, :meth:`write` keeps one in :attr:`failure` instead of raising it.

    Args:
        path: file to make; never one that exists.

    Raises:
        UserError: if it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: OSError | None = None
        self._file = create(path)
        self._position = 0
        self._length = 0
        self._room = 0

    def reserve(self, size: int) -> None:
        """Make sure of room for so many bytes beyond the end.

        Raises:
            OSError: if there is none; nothing has changed then.
        """
        wanted = self._length + size
        if wanted <= self._room:
            return
        wanted += AHEAD_BYTES
        try:
            self._file.seek(self._room)
            missing = wanted - self._room
            while missing > 0:
                missing -= self._file.write(_ZEROS[:missing])
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._room)
            raise
        self._room = wanted

    def write(self, data: bytes) -> int:
        """Write at the position; return how many bytes, 0 where that failed."""
        try:
            self._file.seek(self._position)
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            self.failure = error
            return 0
        self._position += len(data)
        self._length = max(self._length, self._position)
        self._room = max(self._room, self._length)
        return len(data)

    def patch(self, at: int, data: bytes) -> None:
        """Overwrite bytes near the beginning; the position stays where it is.

        Raises:
            OSError: if that fails.
        """
        self._file.seek(at)
        self._file.write(data)

    def peek(self, at: int, size: int) -> bytes:
        """Return bytes that were written."""
        self._file.seek(at)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position, as of any file; the end is that of what was written."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def is_removed(self) -> bool:
        """Tell whether nobody will find the file any more."""
        return is_removed(self._file)

    def close(self) -> None:
        """Give back the room that was not used, and close."""
        if self._file.closed:
            return
        with suppress(OSError):
            self._file.truncate(self._length)
        self._file.close()
