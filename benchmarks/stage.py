"""Frames a second of /stage in headless Chromium, by the browser's own count; writes docs/stage.md.

No graphics card is used, so this is what the page costs where there is none.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import psutil

from benchmarks.timing import table, write_between_markers
from realtime_mer.sinks.web import WebSink
from tests.support.browser import chromium, page_of
from tests.support.estimates import make_estimate
from tests.support.web import web_sink

PAGE = Path(__file__).parents[1] / "docs" / "stage.md"
WINDOWS = ((1920, 1080), (1280, 720))
LOOKS = ("look=aurora", "look=ink", "look=lattice", "renderer=2d")
SETTLE_S = 12.0
COUNT_S = 8.0

COUNTER = """() => {
  window.counted = 0;
  const count = () => { counted += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""


@contextmanager
def played(sink: WebSink) -> Iterator[None]:
    """Music that moves, twice a second."""
    stop = threading.Event()

    def play() -> None:
        number = 0
        while not stop.wait(0.5):
            sink.publish(replace(make_estimate(3 * number), sequence=number))
            number += 1

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def worked_s() -> float:
    """Processor seconds of the browser so far, all of its processes."""
    family = psutil.Process().children(recursive=True)
    times = [child.cpu_times() for child in family if "chrom" in child.name()]
    return sum(each.user + each.system for each in times)


def measure(query: str, width: int, height: int) -> list[str]:
    """Return a row of the table."""
    viewport = {"width": width, "height": height}
    with chromium() as browser, web_sink() as sink, played(sink):
        url = f"{sink.url}stage?{query}"
        with page_of(browser, url, viewport=viewport) as (page, _):
            page.wait_for_timeout(1000 * SETTLE_S)
            page.evaluate(COUNTER)
            begin, worked = time.perf_counter(), worked_s()
            drawn = page.evaluate("stage.statistics().frames")
            page.wait_for_timeout(1000 * COUNT_S)
            counted = page.evaluate("counted")
            found = page.evaluate("stage.statistics()")
            seconds, worked = time.perf_counter() - begin, worked_s() - worked
    frames = found["frames"] - drawn
    return [
        f"{width} × {height}",
        query.split("=")[1] if query.startswith("look") else "plain canvas",
        f"{counted / seconds:.0f}",
        f"{frames / seconds:.0f}",
        f"{found['width']} × {found['height']}{' (coarsest)' if found['coarsest'] else ''}",
        f"{1e3 * worked / max(frames, 1):.0f} ms",
    ]


def main() -> None:
    """Measure, and write the table where it is read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--print", action="store_true", help="write no file")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    rows = []
    for width, height in WINDOWS:
        for query in LOOKS:
            rows.append(measure(query, width, height))
            print(" | ".join(rows[-1]), flush=True)
    head = ["window", "look", "frames a second", "drawn", "picture", "processor time a frame"]
    text = (
        f"{os.cpu_count()} processor cores (load average {before:.1f} before), no graphics card, "
        f"headless Chromium, {date.today().isoformat()}, {SETTLE_S:.0f} s after the page was "
        f"opened:\n\n{table(head, rows)}"
    )
    if not arguments.print:
        write_between_markers(PAGE, "frames", text)


if __name__ == "__main__":
    main()
