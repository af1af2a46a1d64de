"""Frames of WebSocket (RFC 6455, section 5.2) as a client sends them, well made or not."""

from __future__ import annotations

import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x0f\xf0\x55\xaa"


def head_of(opcode: int, length: int, *, final: bool = True) -> bytes:
    """Return the head of a frame, which may promise more than ever comes."""
    first = bytes([(0x80 if final else 0) | opcode])
    if length < 126:
        return first + bytes([0x80 | length]) + MASK
    if length < 1 << 16:
        return first + bytes([0x80 | 126]) + struct.pack(">H", length) + MASK
    return first + bytes([0x80 | 127]) + struct.pack(">Q", length) + MASK


def frame(opcode: int, body: bytes, *, final: bool = True) -> bytes:
    """Return a whole frame."""
    masked = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(body))
    return head_of(opcode, len(body), final=final) + masked
