#!/bin/sh
# Fetches Playwright's own Chromium where the machine has none, as on Ubuntu and on a Mac.
# Usage: scripts/install_browser.sh VENV
set -eu

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    # Ubuntu's chromium-browser is a snap, which cannot be driven; its command only says so.
    if command -v "$browser" >/dev/null 2>&1 && "$browser" --version >/dev/null 2>&1; then
        exit 0
    fi
done
exec "$1/bin/playwright" install --with-deps chromium-headless-shell
