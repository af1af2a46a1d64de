"""Prints what the tracker sends by OSC.

pip install python-osc; start the tracker; python osc_client.py [PORT]
"""

from __future__ import annotations

import sys

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer


def show(address: str, *values: float | int | str) -> None:
    """Print one message."""
    print("mer:", address.removeprefix("/mer/"), *values, flush=True)


def main() -> None:
    """Listen until Ctrl-C."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    dispatcher = Dispatcher()
    dispatcher.map("/mer/*", show)
    BlockingOSCUDPServer(("127.0.0.1", port), dispatcher).serve_forever()


if __name__ == "__main__":
    main()
