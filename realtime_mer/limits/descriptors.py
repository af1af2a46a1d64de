"""How many files and sockets the system lets this program have open."""

from __future__ import annotations

import sys

UNLIMITED = 1 << 20


def allow_descriptors(wanted: int) -> int:
    """Ask for room for so many open files and sockets; return how many there is room for.

    Many systems give a program 1,024 unless it asks for more, and one that has used them up can
    neither take a connection nor open a file.
    """
    if sys.platform == "win32":  # which counts no sockets
        return UNLIMITED
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return UNLIMITED if soft == resource.RLIM_INFINITY else soft
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):  # a Mac has further limits of its own
        return soft
    return most
