"""What the disk component draws: one row per token, packed into bytes once, so that moving, colouring and searching need no server.

In: columns of a laid out vocabulary. Out: `DiskScene.to_bytes`. About 15 bytes a token, its text apart: theta as a 40-bit
fixed-point number (3e-12 rad, of which sinh rho makes 7e-4 at rho = 20), rho in 20 bits (1e-5 at rho = 20), norm in 12, id in 24,
kind, category, script and agreement in 4 each. Counts fall, so that their differences are small: a byte or two each.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.base import Record

VERSION = 1
NOTHING = 15  # in four bits: no category, not measured
ANGLE_STEPS, RADIUS_STEPS, NORM_STEPS = 2**40, 2**20 - 1, 2**12 - 1
MOST_TOKENS = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskScene(Record):
    """A vocabulary as the component gets it, the most frequent token first.

    rho (n,) and theta (n,) float64 of the layout; counts (n,) falling; norm (n,) L2; kind (n,), category (n,) and script (n,) index
    `kinds`, `categories` and `scripts`, category `NOTHING` for none; kept (n,) of as many neighbours as `words` says, `NOTHING` where not
    measured. `words` goes into the header as it is.
    """

    token_ids: np.ndarray
    text: tuple[str, ...]
    rho: np.ndarray
    theta: np.ndarray
    counts: np.ndarray
    norm: np.ndarray
    kind: np.ndarray
    category: np.ndarray
    script: np.ndarray
    kept: np.ndarray
    kinds: tuple[str, ...]
    categories: tuple[str, ...]
    scripts: tuple[str, ...]
    words: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Header length (uint32), header (JSON), the columns one after another, all little-endian, varints, and the texts.

        Columns: theta >> 8 (uint32), rho << 12 | norm (uint32), theta & 255, kind << 4 | category, script << 4 | kept (uint8), id
        (3 bytes). Varints: each count less the next (the last one less 0), then the length of each text in UTF-8.
        """
        n = len(self.token_ids)
        if (
            max(n, int(self.token_ids.max(initial=0)) + 1) > MOST_TOKENS
            or len(self.kinds) > NOTHING
            or len(self.categories) > NOTHING
            or len(self.scripts) > NOTHING + 1
        ):
            raise HypvizError(f"The disk component holds {MOST_TOKENS:,} tokens at most; lay out fewer.")
        if (np.diff(self.counts) > 0).any():
            raise HypvizError("The disk component takes tokens by falling count; sort them first.")
        theta = np.rint((self.theta % (2 * np.pi)) / (2 * np.pi) * ANGLE_STEPS).astype(np.int64) % ANGLE_STEPS
        top = max(float(self.rho.max(initial=0.0)), 1e-300)
        rho = np.rint(self.rho / top * RADIUS_STEPS).astype(np.uint32)
        low, high = (float(self.norm.min()), float(self.norm.max())) if n else (0.0, 0.0)
        norm = np.rint((self.norm - low) / max(high - low, 1e-300) * NORM_STEPS).astype(np.uint32)
        texts = [t.encode("utf-8", "replace") for t in self.text]
        columns = (
            (theta >> 8).astype("<u4"),
            ((rho << 12) | norm).astype("<u4"),
            (theta & 0xFF).astype("u1"),
            (self.kind.astype("u1") << 4) | self.category.astype("u1"),
            (self.script.astype("u1") << 4) | self.kept.astype("u1"),
            self.token_ids.astype("<u4").view("u1").reshape(n, 4)[:, :3],
        )
        header = {
            "version": VERSION,
            "n": n,
            "rho": top,
            "norm": [low, high],
            "kinds": self.kinds,
            "categories": self.categories,
            "scripts": self.scripts,
            "words": self.words,
        }
        head = json.dumps(header, ensure_ascii=False, allow_nan=False).encode("utf-8")
        fallen = np.diff(np.append(self.counts, 0)) * -1  # the last one is the last count itself
        small = b"".join(_varint(int(value)) for value in (*fallen, *map(len, texts)))
        return b"".join([struct.pack("<I", len(head)), head, *(np.ascontiguousarray(c).tobytes() for c in columns), small, *texts])


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
