"""Listens on a UDP port, IPv4 and IPv6; prints when each message came, and from which family."""

from __future__ import annotations

import socket
import sys
import time


def main() -> None:
    """Print ``FAMILY SECONDS ADDRESS`` for each, in seconds of the system's monotonic clock."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(("::", int(sys.argv[1])))
        print("ready", flush=True)
        while True:
            packet, sender = opened.recvfrom(4096)
            host = str(sender[0])
            kind = "4" if host.startswith("::ffff:") else "link" if host[:4] == "fe80" else "6"
            print(kind, time.monotonic(), packet[: packet.index(0)].decode(), flush=True)


if __name__ == "__main__":
    main()
