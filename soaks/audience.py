"""Pages that watch: ``python -m soaks.audience URL COUNT`` keeps so many connected and reads.

Prints ``watching`` when all are there, and at its end how many messages the one that got the
fewest has had.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from websockets.asyncio.client import connect


async def watch(url: str, heard: list[int], number: int, there: asyncio.Semaphore) -> None:
    """Read everything, as a page does."""
    async with connect(url, compression=None, max_size=None) as stream:
        there.release()
        async for _ in stream:
            heard[number] += 1


async def main(url: str, count: int) -> None:
    """Watch until the end."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    heard = [0] * count
    there = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(watch(url, heard, number, there)) for number in range(count)]
    for _ in range(count):
        await there.acquire()
    print("watching", flush=True)
    await over.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(min(heard), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
