"""What the disk component draws: one row per token, packed into bytes once, so that moving, colouring and searching need no server.

In: columns of a laid out vocabulary. Out: `DiskScene.to_bytes`. At most 16 bytes a token, its text apart: theta as a 48-bit and rho
as a 24-bit fixed-point number (2e-14 rad and 1e-6 at rho = 20, where sinh rho is 2e8), id 24, norm 16, kind, category, script and
agreement 4 bits each. Counts are runs, because tokens come sorted by them.
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
ANGLE_STEPS, RADIUS_STEPS, NORM_STEPS = 2.0**48, 2**24 - 1, 2**16 - 1
MOST_TOKENS = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskScene(Record):
    """A vocabulary as the component gets it, the most frequent token first.

    rho (n,) and theta (n,) float64 of the layout; counts (n,) falling; norm (n,) L2; kind (n,), category (n,) and script (n,) index
    `kinds`, `categories` and `scripts`, category `NOTHING` for none; kept (n,) of ten neighbours, `NOTHING` where not measured.
    `words` goes into the header as it is.
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
        """Header length (uint32), header (JSON), then the columns one after another, all little-endian, then the texts."""
        n = len(self.token_ids)
        if n > MOST_TOKENS or len(self.kinds) > NOTHING or len(self.categories) > NOTHING or len(self.scripts) > NOTHING + 1:
            raise HypvizError(f"The disk component holds {MOST_TOKENS:,} tokens at most; lay out fewer.")
        theta = np.floor((self.theta % (2 * np.pi)) / (2 * np.pi) * ANGLE_STEPS + 0.5).astype(np.uint64) % np.uint64(2**48)
        top = max(float(self.rho.max(initial=0.0)), 1e-300)
        rho = np.rint(self.rho / top * RADIUS_STEPS).astype(np.uint32)
        low, high = float(self.norm.min(initial=0.0)) if n else 0.0, float(self.norm.max(initial=0.0))
        norm = np.rint((self.norm - low) / max(high - low, 1e-300) * NORM_STEPS).astype("<u2")
        ids = self.token_ids.astype("<u4")
        texts = [t.encode("utf-8", "replace") for t in self.text]
        columns = (
            (theta >> np.uint64(16)).astype("<u4"),
            (theta & np.uint64(0xFFFF)).astype("<u2"),
            (rho >> 8).astype("<u2"),
            norm,
            (rho & 0xFF).astype("u1"),
            (self.kind.astype("u1") << 4) | self.category.astype("u1"),
            (self.script.astype("u1") << 4) | self.kept.astype("u1"),
            ids.view("u1").reshape(n, 4)[:, :3],
        )
        header = {
            "version": VERSION,
            "n": n,
            "rho": top,
            "norm": [low, high],
            "counts": _runs(self.counts),
            "kinds": self.kinds,
            "categories": self.categories,
            "scripts": self.scripts,
            "words": self.words,
        }
        head = json.dumps(header, ensure_ascii=False, allow_nan=False).encode("utf-8")
        lengths = b"".join(_varint(len(t)) for t in texts)
        return b"".join([struct.pack("<I", len(head)), head, *(np.ascontiguousarray(c).tobytes() for c in columns), lengths, *texts])


def _runs(counts: np.ndarray) -> list[int]:
    """Count and length of each run of equal counts, one after the other."""
    if not len(counts):
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(counts)) + 1])
    return np.stack([counts[starts], np.diff(np.append(starts, len(counts)))], axis=1).astype(int).ravel().tolist()


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
