"""A page drawn once for many readers: compressed once too, with holes for the little that is each reader's own."""
from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

_HEAD, _END = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", b"\x01\x00\x00\xff\xff"
"""Of a file of gzip (RFC 1952, 2.3): no name, no time, best compression. An empty last block (RFC 1951, 3.2.3)."""

_LONGEST = 0xFFFF
"""Bytes that one block holds as they are."""


class Drawn:
    """The page, with *holes*: texts that stand in it for what is put in later and occur nowhere else."""

    def __init__(self, page: str, holes: Sequence[str]) -> None:
        pieces = re.split(f"({'|'.join(map(re.escape, holes))})", page)
        self._texts, self._holes = [text.encode() for text in pieces[::2]], pieces[1::2]

    def plain(self, fill: Mapping[str, bytes]) -> bytes:
        """As it is, with each hole filled by what belongs there."""
        return b"".join(_woven(self._texts, [fill[hole] for hole in self._holes]))

    def gzip(self, fill: Mapping[str, bytes]) -> bytes:
        """Compressed. What fills the holes is not, so that its likeness to the rest of the page changes no length (BREACH).

        Raises ValueError for a filling of more than 65,535 bytes.
        """
        fillings = [fill[hole] for hole in self._holes]
        check = size = 0
        for piece in _woven(self._texts, fillings):
            check, size = zlib.crc32(piece, check), size + len(piece)
        return b"".join((_HEAD, *_woven(self._packed, map(_stored, fillings)), _END, check.to_bytes(4, "little"), size.to_bytes(4, "little")))

    @cached_property
    def _packed(self) -> list[bytes]:
        """The texts, each by itself as whole blocks that end with a byte and look back at nothing (RFC 1951)."""
        found = []
        for text in self._texts:
            packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
            found.append(packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH))
        return found


def _woven(texts: Iterable[bytes], between: Iterable[bytes]) -> list[bytes]:
    """The texts, with something between each and the next."""
    return [piece for pair in zip(texts, (*between, b""), strict=True) for piece in pair]


def _stored(words: bytes) -> bytes:
    """A block of bytes as they are (RFC 1951, 3.2.4)."""
    if len(words) > _LONGEST:
        raise ValueError(f"{len(words)} bytes are too many for one block")
    size = len(words)
    return b"\x00" + size.to_bytes(2, "little") + (size ^ _LONGEST).to_bytes(2, "little") + words
