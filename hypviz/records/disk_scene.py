"""What the disk component draws: one row per token, packed into bytes once, so that moving, colouring and searching need no server.

In: columns of a laid out vocabulary and its colourings. Out: `DiskScene.to_bytes`. About 15 bytes a token with the colourings that ship,
its text apart: theta as a 40-bit fixed-point number (3e-12 rad, of which sinh rho makes 7e-4 at rho = 20), rho in 20 bits (1e-5 at
rho = 20), norm in 12, id in 24, neighbours kept in 4. Counts fall, so that their differences are small: a byte or two each. A colouring of
at most 15 groups takes 4 bits, one of at most 255 groups or a scale 8; a scale whose numbers follow from what is there takes nothing.
Each further frame, in which the same tokens stand elsewhere, takes 9 bytes more.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.base import Record
from hypviz.records.disk_view import DiskColour

VERSION = 2
NOTHING = 15  # in four bits: no value
ANGLE_STEPS, RADIUS_STEPS, NORM_STEPS = 2**40, 2**20 - 1, 2**12 - 1
MOST_TOKENS, MOST_GROUPS = 2**24, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneColour(Record):
    """A colouring with the name, label and help of its menu."""

    name: str
    label: str
    help: str
    colour: DiskColour


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFrame(Record):
    """The tokens elsewhere: rho (n,) and theta (n,) float64, and which `moved` (n,) on the way from the frame before; its `label`."""

    label: str
    rho: np.ndarray
    theta: np.ndarray
    moved: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskScene(Record):
    """A vocabulary as the component gets it, the most frequent token first.

    rho (n,) and theta (n,) float64 of the layout; counts (n,) falling; norm (n,) L2; kept (n,) of as many neighbours as `words` says,
    `NOTHING` where not measured; `colours` in the order of the menu. `words` goes into the header as it is. `frames` are those that follow
    the places of the layout itself, none where nothing is played.
    """

    token_ids: np.ndarray
    text: tuple[str, ...]
    rho: np.ndarray
    theta: np.ndarray
    counts: np.ndarray
    norm: np.ndarray
    kept: np.ndarray
    colours: tuple[SceneColour, ...]
    words: dict[str, Any]
    frames: tuple[SceneFrame, ...] = ()

    def to_bytes(self) -> bytes:
        """Header length (uint32), header (JSON), the columns one after another, all little-endian, varints, and the texts.

        Columns: theta >> 8 (uint32), rho << 12 | norm (uint32), theta & 255 (uint8), id (3 bytes); of each frame the first three, with 1
        for a token that moved, else 0, in the norm's place; then the columns of 4 bits, two to a byte, the first in its upper half: kept,
        and the codes of each colouring with ``"bits": 4``; then those with ``"bits": 8`` (uint8). A code of ones only stands for none.
        Varints: each count less the next (the last one less 0), then each text's length in UTF-8.
        """
        self._refuse_what_does_not_fit()
        top = max(1e-300, *(float(rho.max(initial=0.0)) for rho in (self.rho, *(frame.rho for frame in self.frames))))
        limits = [float(self.norm.min()), float(self.norm.max())] if len(self.norm) else [0.0, 0.0]
        packed = [_pack(one, self._carried()) for one in self.colours]
        small = [self.kept.astype("u1"), *(codes for head, codes in packed if head["bits"] == 4)]
        large = [codes for head, codes in packed if head["bits"] == 8]
        further = [column for frame in self.frames for column in _points(frame.rho, frame.theta, frame.moved, top)]
        columns = [*self._places(top, limits), *further, *_in_pairs(small), *large]
        header = {
            "version": VERSION,
            "n": len(self.token_ids),
            "rho": top,
            "norm": limits,
            "colours": [head for head, _ in packed],
            "words": self.words,
            **({"frames": [frame.label for frame in self.frames]} if self.frames else {}),
        }
        head = json.dumps(header, ensure_ascii=False, allow_nan=False).encode("utf-8")
        texts = [t.encode("utf-8", "replace") for t in self.text]
        fallen = np.diff(np.append(self.counts, 0)) * -1  # the last one is the last count itself
        varints = b"".join(_varint(int(value)) for value in (*fallen, *map(len, texts)))
        return b"".join([struct.pack("<I", len(head)), head, *(np.ascontiguousarray(c).tobytes() for c in columns), varints, *texts])

    @staticmethod
    def words_in(scene: bytes) -> dict[str, Any]:
        """The `words` of a scene that was packed."""
        (size,) = struct.unpack_from("<I", scene)
        return json.loads(scene[4 : 4 + size])["words"]

    def _refuse_what_does_not_fit(self) -> None:
        if max(len(self.token_ids), int(self.token_ids.max(initial=0)) + 1) > MOST_TOKENS:
            raise HypvizError(f"The disk component holds {MOST_TOKENS:,} tokens at most; lay out fewer.")
        if (np.diff(self.counts) > 0).any():
            raise HypvizError("The disk component takes tokens by falling count; sort them first.")

    def _places(self, top: float, limits: list[float]) -> list[np.ndarray]:
        """Angle, radius and norm, and ids, as columns."""
        n = len(self.token_ids)
        norm = np.rint((self.norm - limits[0]) / max(limits[1] - limits[0], 1e-300) * NORM_STEPS)
        ids = self.token_ids.astype("<u4").view("u1").reshape(n, 4)[:, :3]
        return [*_points(self.rho, self.theta, norm, top), ids]

    def _carried(self) -> dict[str, np.ndarray]:
        """The numbers that the browser can make of the columns that are there anyway."""
        kept = np.where(self.kept == NOTHING, np.nan, self.kept.astype(np.float64))
        with np.errstate(divide="ignore"):
            count = np.where(self.counts > 0, np.log10(self.counts), np.nan)
        return {"norm": self.norm, "kept": kept, "log10 count": count, "log10 rank": np.log10(1.0 + np.arange(len(self.norm)))}


def _points(rho: np.ndarray, theta: np.ndarray, beside: np.ndarray, top: float) -> list[np.ndarray]:
    """Angle and radius as columns, with a number of 12 bits `beside` the radius."""
    angle = np.rint((theta % (2 * np.pi)) / (2 * np.pi) * ANGLE_STEPS).astype(np.int64) % ANGLE_STEPS
    radius = np.rint(rho / top * RADIUS_STEPS).astype(np.uint32)
    both = ((radius << 12) | beside.astype(np.uint32)).astype("<u4")
    return [(angle >> 8).astype("<u4"), both, (angle & 0xFF).astype("u1")]


def _pack(one: SceneColour, carried: dict[str, np.ndarray]) -> tuple[dict[str, Any], np.ndarray]:
    """The header of a colouring and its codes (n,), empty where they are not sent."""
    colour = one.colour
    head: dict[str, Any] = {"name": one.name, "label": colour.label, "help": one.help, "missing": colour.missing}
    head |= {"items": None, "stops": colour.stops, "middles": colour.middles, "on_middles": colour.on_middles}
    head |= {"bits": 0, "range": None, "carried": None, "by_quantile": colour.by_quantile, "peaks": colour.peaks, "knots": None}
    head["wide"] = [{"label": w.label, "colour": w.colour, "middle": w.middle, "codes": w.codes} for w in colour.wide]
    if colour.groups is None:
        return _pack_scale(head, colour, carried)
    if len(colour.groups) > MOST_GROUPS:
        raise HypvizError(f"The colouring {one.name!r} has {len(colour.groups):,} groups; {MOST_GROUPS} can be told apart by their codes.")
    head["items"] = [{"label": group.label, "colour": group.colour, "shape": group.shape} for group in colour.groups]
    head["bits"] = 4 if len(colour.groups) <= NOTHING else 8
    return head, np.where(np.isnan(colour.values), 2 ** head["bits"] - 1, colour.values).astype("u1")


def _pack_scale(head: dict[str, Any], colour: DiskColour, carried: dict[str, np.ndarray]) -> tuple[dict[str, Any], np.ndarray]:
    """Numbers by the name under which they are there anyway, else in 255 steps: of equal width, or of as many tokens each."""
    values = colour.values
    for name, there in carried.items():
        with np.errstate(over="ignore"):  # a difference beyond float64 is one
            if np.allclose(values, there, rtol=1e-12, atol=0.0, equal_nan=True):
                return head | {"carried": name}, np.zeros(0, dtype="u1")
    known = values[np.isfinite(values)]
    if colour.by_quantile and known.size:
        knots = _knots(known)
        middles = np.minimum(knots[1:] / 2.0 + knots[:-1] / 2.0, np.nextafter(knots[1:], -np.inf))  # below a knot, if next to it
        codes = np.searchsorted(middles, values)
        return head | {"bits": 8, "knots": _short(knots)}, np.where(np.isnan(values), 255, codes).astype("u1")
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    half = 1.0 if np.isfinite(high - low) else 0.5
    steps = np.rint((values * half - low * half) / ((high * half - low * half) or 1.0) * 254)
    return head | {"bits": 8, "range": [low, high]}, np.where(np.isnan(values), 255, steps).astype("u1")


def _knots(known: np.ndarray) -> np.ndarray:
    """255 rising numbers between which as many of the `known` ones lie, however far apart these are."""
    half = 1.0 if np.isfinite(float(known.max()) - float(known.min())) else 0.5
    return np.quantile(known * half, np.linspace(0.0, 1.0, 255)) / half


def _short(knots: np.ndarray) -> list[float]:
    """Twelve digits of each, or all where these would make different knots one."""
    short = [float(f"{knot:.12g}") for knot in knots]
    return short if len(set(short)) == len(np.unique(knots)) else knots.tolist()


def _in_pairs(columns: list[np.ndarray]) -> list[np.ndarray]:
    """Columns of 4 bits, two to a byte."""
    padded = [*columns, np.zeros_like(columns[0])] if len(columns) % 2 else columns
    return [(upper << 4) | lower for upper, lower in zip(padded[::2], padded[1::2], strict=True)]


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
