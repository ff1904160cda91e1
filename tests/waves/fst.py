# SPDX-License-Identifier: Apache-2.0
"""Reads of an FST file the times and the names of its signals."""

import gzip
from pathlib import Path

HEADER, HIERARCHY_GZIP, HIERARCHY_LZ4, HIERARCHY_LZ4_TWICE = 0, 4, 6, 7  # blocks
SCOPE, UPSCOPE, ATTRIBUTE, END_OF_ATTRIBUTE = 254, 255, 252, 253  # in the hierarchy; others are signals


def blocks(path: Path) -> dict[int, bytes]:
    """The last block of each kind."""
    data = path.read_bytes()
    found: dict[int, bytes] = {}
    place = 0
    while place < len(data):
        length = int.from_bytes(data[place + 1 : place + 9])
        found[data[place]] = data[place + 9 : place + 1 + length]
        place += 1 + length
    return found


def times(path: Path) -> tuple[int, int]:
    """First and last."""
    header = blocks(path)[HEADER]
    return int.from_bytes(header[:8]), int.from_bytes(header[8:16])


def signals(path: Path) -> set[str]:
    """Names with scopes, and with the bits of vectors, as GTKWave has them."""
    text = hierarchy(blocks(path))
    names: set[str] = set()
    scopes: list[str] = []
    place = 0

    def word() -> str:
        nonlocal place
        end = text.index(0, place)
        taken, place = text[place:end].decode(), end + 1
        return taken

    def skip_number() -> None:
        nonlocal place
        while text[place] & 0x80:
            place += 1
        place += 1

    while place < len(text):
        kind = text[place]
        place += 1
        if kind == SCOPE:
            place += 1
            scopes.append(word())
            word()  # its module
        elif kind == UPSCOPE:
            scopes.pop()
        elif kind == ATTRIBUTE:
            place += 2
            word()
            skip_number()
        elif kind != END_OF_ATTRIBUTE:
            place += 1
            names.add(".".join([*scopes, word().replace(" ", "")]))
            skip_number()
            skip_number()
    return names


def hierarchy(found: dict[int, bytes]) -> bytes:
    """Unpacked. In front is its length, and of the block that was packed twice the length after once."""
    if HIERARCHY_GZIP in found:
        return gzip.decompress(found[HIERARCHY_GZIP][8:])
    if HIERARCHY_LZ4 in found:
        return unpack_lz4(found[HIERARCHY_LZ4][8:])
    data = found[HIERARCHY_LZ4_TWICE]
    place = next(place for place in range(8, len(data)) if data[place] < 0x80)
    return unpack_lz4(unpack_lz4(data[place + 1 :]))


def unpack_lz4(data: bytes) -> bytes:
    """One block: literals, and repetitions of what came before."""
    out, place = bytearray(), 0

    def length(nibble: int) -> int:
        nonlocal place
        total, more = nibble, 255 * (nibble == 15)
        while more == 255:
            more = data[place]
            total, place = total + more, place + 1
        return total

    while True:
        token = data[place]
        place += 1
        literals = length(token >> 4)
        out += data[place : place + literals]
        place += literals
        if place == len(data):
            return bytes(out)
        distance = int.from_bytes(data[place : place + 2], "little")
        place += 2
        for _ in range(length(token & 15) + 4):
            out.append(out[-distance])
