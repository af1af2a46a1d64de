"""Sends a WAV file, or raw PCM from standard input, to realtime-mer serve and prints the answers.

pip install websockets
python send.py song.wav
ffmpeg -v error -i URL -f s16le -ac 1 -ar 44100 - | python send.py - --rate 44100
python send.py song.wav --jsonl > song.jsonl       # to plot or replay it
"""

import argparse
import asyncio
import json
import sys
import time
import wave

import websockets

BLOCK_S = 0.1


def blocks(path, rate_hz, channels):
    """Yield the format's rate and channels first, then blocks of 16-bit samples."""
    if path == "-":
        yield rate_hz, channels
        while data := sys.stdin.buffer.read(int(BLOCK_S * rate_hz) * 2 * channels):
            yield data[: len(data) - len(data) % (2 * channels)]
        return
    with wave.open(path) as sound:
        if sound.getsampwidth() != 2:
            sys.exit(f"{path} has no 16-bit samples: convert it with ffmpeg or sox.")
        yield sound.getframerate(), sound.getnchannels()
        while data := sound.readframes(int(BLOCK_S * sound.getframerate())):
            yield data


async def send(stream, path, options):
    """Send the sound, a file at its own speed, and say when it is over."""
    source = await asyncio.to_thread(lambda: blocks(path, options.rate, options.channels))
    rate_hz, channels = next(source)
    form = {"type": "format", "rate_hz": rate_hz, "channels": channels, "format": "s16"}
    await stream.send(json.dumps({**form, "name": options.name}))
    begin_s, sent_s = time.monotonic(), 0.0
    while (data := await asyncio.to_thread(next, source, None)) is not None:
        await stream.send(data)
        sent_s += len(data) / (2 * channels * rate_hz)
        if path != "-" and not options.fast:
            await asyncio.sleep(max(0.0, begin_s + sent_s - time.monotonic()))
    await stream.send(json.dumps({"type": "end"}))


async def main(options):
    """Print what comes back while the sound is sent."""
    headers = {"Authorization": f"Bearer {options.token}"} if options.token else {}
    async with websockets.connect(options.url, additional_headers=headers) as stream:
        sending = asyncio.create_task(send(stream, options.path, options))
        async for text in stream:
            message = json.loads(text)
            if message["type"] == "error":
                sys.exit(message["message"])
            if message["type"] == "estimate":
                if options.jsonl:
                    row = {key: message[key] for key in message if key not in ("type", "schema")}
                    print(json.dumps(row), flush=True)
                else:
                    word = message["mood"] if message["active"] else "silence"
                    values = f"{message['arousal']:+.2f} {message['valence']:+.2f}"
                    print(f"{message['time_s']:7.1f} s  {values}  {word}", flush=True)
        await sending


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="a WAV file of 16 bits, or - for raw PCM of 16 bits")
    parser.add_argument("--url", default="ws://127.0.0.1:8765/ingest")
    parser.add_argument("--token", help="where the server wants one")
    parser.add_argument("--name", default="", help="what to call the stream")
    parser.add_argument("--rate", type=int, default=44100, help="of raw PCM, in hertz")
    parser.add_argument("--channels", type=int, default=1, help="of raw PCM")
    parser.add_argument("--fast", action="store_true", help="do not wait; see serve --speed max")
    parser.add_argument("--jsonl", action="store_true", help="print rows that realtime-mer reads")
    asyncio.run(main(parser.parse_args()))
