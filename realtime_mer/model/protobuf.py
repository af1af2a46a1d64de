"""The wire format of Protocol Buffers, read field by field, as far as a check needs it.

A message is a sequence of fields, each a key and a value; nothing is copied and nothing is
believed that the bytes do not hold. The format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class Malformed(ValueError):
    """The bytes are no message; the text says why."""


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field in order.

    Values of fixed width are views of 4 or 8 bytes, those with a length views of that many.

    Raises:
        Malformed: where a field goes beyond the end, or is of a kind that ONNX has not.
    """
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise Malformed("a field without a number")
        if kind == VARINT:
            value, at = varint(message, at)
            yield number, value
            continue
        if kind == LENGTH:
            size, at = varint(message, at)
        elif kind in (FIXED_32, FIXED_64):
            size = 4 if kind == FIXED_32 else 8
        else:
            raise Malformed(f"a field of kind {kind}")
        if size > len(message) - at:
            raise Malformed("it ends too early")
        yield number, message[at : at + size]
        at += size


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number of 64 bits that begins at an index, and where the next thing begins."""
    result = 0
    for place, octet in enumerate(message[at : at + _LONGEST_VARINT]):
        result |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return result & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise Malformed("a number without an end")


def varints(value: int | memoryview) -> Iterator[int]:
    """Yield the numbers of one field of a list, one alone or packed."""
    if isinstance(value, int):
        yield value
        return
    at = 0
    while at < len(value):
        number, at = varint(value, at)
        yield number


def text(value: int | memoryview) -> str:
    """Return a field of text; what is no UTF-8 is shown as such."""
    return "" if isinstance(value, int) else bytes(value).decode("utf-8", "backslashreplace")


def inner(value: int | memoryview) -> memoryview:
    """Return a field that is a message.

    Raises:
        Malformed: if it is a number.
    """
    if isinstance(value, int):
        raise Malformed("a number where a message belongs")
    return value
