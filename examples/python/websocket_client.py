"""Prints what the tracker says by WebSocket, and waits for it where it is not there.

pip install websockets; python websocket_client.py [ws://127.0.0.1:8765/ws]
"""

from __future__ import annotations

import asyncio
import json
import sys

from websockets.asyncio.client import connect


async def listen(address: str) -> None:
    """Print every estimate; connect again, after a while, whenever the connection is lost."""
    async for socket in connect(address, compression=None):
        try:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "hello":
                    print("mer: model", message["model"]["name"], flush=True)
                elif message["type"] == "estimate":
                    for name in ("arousal", "valence", "arousal_std", "valence_std", "active"):
                        print("mer:", name, float(message[name]), flush=True)
        except OSError:
            continue


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765/ws"))
