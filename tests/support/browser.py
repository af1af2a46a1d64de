"""Debian's Chromium, driven by Playwright, and a page that must not complain."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Chromium itself writes these while the server is away; no page can keep it from it.
REFUSED = re.compile(r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")


@contextmanager
def chromium(*further: str) -> Iterator[Browser]:
    """Start the browser of this machine (or Playwright's own) for a ``with`` block.

    Args:
        further: arguments of its command line.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *further])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page did beside what it shows.

    Attributes:
        complaints: console errors and warnings, and exceptions.
        addresses: every address it asked for.
    """

    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def complaints_of_its_own(self) -> list[str]:
        """Complaints without Chromium's own about a server that is away."""
        return [text for text in self.complaints if not REFUSED.search(text)]


@contextmanager
def page_of(browser: Browser, url: str, **options: Any) -> Iterator[tuple[Page, Seen]]:
    """Open an address in a fresh profile and note whatever the page does."""
    context = browser.new_context(**options)
    try:
        page, seen = context.new_page(), Seen()

        def note(message: Any) -> None:
            if message.type in ("error", "warning"):
                seen.complaints.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda request: seen.addresses.append(request.url))
        page.on("websocket", lambda stream: seen.addresses.append(stream.url))
        page.goto(url)
        yield page, seen
    finally:
        context.close()


def number(text: str) -> float:
    """Read a number as the page writes it, with a typographic minus."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace("±", ""))
