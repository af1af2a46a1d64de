"""Fixtures every test may use."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)  # other work may hold a test up
settings.load_profile("shared machine")

# Audio servers, browsers and receivers share the processor with the tests. What fails there is
# tried once more, and said to have been (R in the summary); it must then hold.
SECOND_TRY = pytest.mark.flaky(reruns=1, reruns_delay=2)

REPOSITORY = Path(__file__).resolve().parent.parent

# Where tests run side by side every processor has a process already: a second thread of torch
# or NumPy in each would only wait for its turn, and burn the processor while it waits. The
# libraries look when they are first imported, which is after this file is.
if "PYTEST_XDIST_WORKER" in os.environ:
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folder of tests that are all e2e where none of these are asked for."""
    unwanted = "not e2e" in str(config.option.markexpr)
    return True if unwanted and collection_path == REPOSITORY / "tests" / "e2e" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests that go through real servers a second try; no others."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(SECOND_TRY)


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_a_person(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever runs the tests may have saved settings of their own, which must not count here."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("configuration"))


@pytest.fixture(autouse=True, scope="session")
def control_c_is_heard() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and so all that this starts."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Where a command sets logging up in this process, that ends with the test."""
    root, package = logging.getLogger(), logging.getLogger("realtime_mer")
    hooks = sys.excepthook, threading.excepthook
    levels = root.level, package.level
    yield
    ours = [each for each in root.handlers if getattr(each, "realtime_mer", False)]
    for handler in ours:
        root.removeHandler(handler)
        handler.close()
    if ours:
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook = hooks
        root.setLevel(levels[0])
        package.setLevel(levels[1])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recordings with human ratings: beside the checkout, or where the environment says."""
    folder = Path(os.environ.get("REALTIME_MER_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.fail(f"No recordings at {folder}: set REALTIME_MER_DATA, or run with -m 'not data'.")
    return folder
