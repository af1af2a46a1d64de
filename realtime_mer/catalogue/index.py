"""What is done already, by content: 24 bytes a track, so that a hundred million fit in memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from realtime_mer.catalogue.job import DIGEST_BYTES

MERGE_AT = 100_000
"""New entries after which they are sorted in."""


class Index:
    """Contents that are done, found by the length of their files.

    A file can only be known if one of its very length is: so most files are handed out without
    a look at what is in them, and the others with the few contents they might have.
    """

    def __init__(self) -> None:
        self._sizes: NDArray[np.int64] = np.zeros(0, np.int64)
        self._digests: NDArray[np.void] = np.zeros(0, f"V{DIGEST_BYTES}")
        self._new: dict[int, list[bytes]] = {}
        self._new_count = 0

    def __len__(self) -> int:
        """How many contents are done."""
        return len(self._sizes) + self._new_count

    def add(self, size_bytes: int, content: bytes) -> bool:
        """Note a content; False where it was noted before."""
        if content in self.of_size(size_bytes):
            return False
        self._new.setdefault(size_bytes, []).append(content)
        self._new_count += 1
        if self._new_count >= MERGE_AT:
            self._merge()
        return True

    def add_all(self, sizes: Iterable[int], contents: Iterable[bytes]) -> None:
        """Note many contents, none of them noted before."""
        for size_bytes, content in zip(sizes, contents, strict=True):
            self._new.setdefault(size_bytes, []).append(content)
            self._new_count += 1
        self._merge()

    def of_size(self, size_bytes: int) -> tuple[bytes, ...]:
        """Return the contents of files of this length."""
        first, last = np.searchsorted(self._sizes, (size_bytes, size_bytes + 1))
        old = (digest.tobytes() for digest in self._digests[first:last])
        return (*old, *self._new.get(size_bytes, ()))

    def _merge(self) -> None:
        sizes = [size for size, contents in self._new.items() for _ in contents]
        joined = b"".join(content for contents in self._new.values() for content in contents)
        all_sizes = np.concatenate([self._sizes, np.array(sizes, np.int64)])
        digests = np.frombuffer(joined, f"V{DIGEST_BYTES}")
        order = np.argsort(all_sizes, kind="stable")
        self._sizes = all_sizes[order]
        self._digests = np.concatenate([self._digests, digests])[order]
        self._new, self._new_count = {}, 0
