"""Seeded damage to the bytes of a file."""

from collections.abc import Callable

import numpy as np

__all__ = ["MUTATIONS"]

Random = np.random.Generator
# Bytes at the start that most mutations spare, so that headers are a kind of
# their own and most of the damage is in the pixels.
_HEADER = 200


def _place(rng: Random, data: bytes, header: bool = False) -> int:
    first = 2 if header else min(_HEADER, len(data) // 2)
    last = min(_HEADER, len(data)) if header else len(data) - 2
    return int(rng.integers(first, max(first + 1, last)))


def _cut(rng: Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _cut_and_closed(rng: Random, data: bytes) -> bytes:
    ends = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"\0\0\0\0IEND\xaeB`\x82"}
    return _cut(rng, data) + ends.get(data[:2], b"")


def _hole(rng: Random, data: bytes) -> bytes:
    at, length = _place(rng, data), int(rng.integers(1, 2000))
    return data[:at] + data[at + length :]


def _zeros(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    length = min(int(rng.integers(1, 2000)), len(data) - at)
    return data[:at] + bytes(length) + data[at + length :]


def _insert(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.bytes(int(rng.integers(1, 20))) + data[at:]


def _delete(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + int(rng.integers(1, 20)) :]


def _flip(count: int, header: bool = False) -> Callable[[Random, bytes], bytes]:
    def flip(rng: Random, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(count):
            changed[_place(rng, data, header)] ^= 1 << int(rng.integers(8))
        return bytes(changed)

    return flip


def _swap(rng: Random, data: bytes) -> bytes:
    first, second = sorted((_place(rng, data), _place(rng, data)))
    length = min(512, second - first)
    one, two = data[first : first + length], data[second : second + length]
    middle = data[first + length : second]
    return data[:first] + two + middle + one + data[second + length :]


def _join(rng: Random, data: bytes) -> bytes:
    return data[: _place(rng, data)] + data


def _append(rng: Random, data: bytes) -> bytes:
    return data + data


def _header(rng: Random, data: bytes) -> bytes:
    at = _place(rng, data, header=True)
    return data[:at] + rng.bytes(1) + data[at + 1 :]


def _huge(rng: Random, data: bytes) -> bytes:
    """Writes a huge width or height where the header has one."""
    side = int(rng.choice([0, 1, 9000, 30_000, 65_535]))
    if data[:2] == b"\xff\xd8":
        for marker in (b"\xff\xc0", b"\xff\xc2"):
            at = data.find(marker)
            if at > 0:
                at += 5 + 2 * int(rng.integers(2))
                return data[:at] + side.to_bytes(2, "big") + data[at + 2 :]
    if data[:2] == b"\x89P":
        import zlib

        at = 16 + 4 * int(rng.integers(2))
        header = data[12:at] + side.to_bytes(4, "big") + data[at + 4 : 29]
        crc = zlib.crc32(header).to_bytes(4, "big")
        return data[:12] + header + crc + data[33:]
    return _header(rng, data)


def _garbage(rng: Random, data: bytes) -> bytes:
    return data[: int(rng.integers(2, 40))] + rng.bytes(4000)


MUTATIONS: dict[str, Callable[[Random, bytes], bytes]] = {
    "cut": _cut,
    "cut and closed": _cut_and_closed,
    "hole": _hole,
    "zeros": _zeros,
    "bytes inserted": _insert,
    "bytes deleted": _delete,
    "one bit flipped": _flip(1),
    "eight bits flipped": _flip(8),
    "header bit flipped": _flip(1, header=True),
    "blocks swapped": _swap,
    "joined to another": _join,
    "twice": _append,
    "header byte": _header,
    "huge dimensions": _huge,
    "garbage": _garbage,
}
