"""The bytes of a scene, read by a decoder written from the description; and the writing system of tokens."""

from __future__ import annotations

import dataclasses
import json
import struct
from fractions import Fraction

import numpy as np
import pytest

from hypviz.colours import SHAPES
from hypviz.errors import HypvizError
from hypviz.records import disk_scene
from hypviz.records.disk_scene import NOTHING, DiskScene, SceneColour, SceneFrame
from hypviz.records.disk_view import DiskColour, Group, WideGroup
from hypviz.vocabulary.scripts import SCRIPTS, script_codes


def make_scene(n: int, *, seed: int = 0, text: tuple[str, ...] | None = None, top: float = 20.0, **changes) -> DiskScene:
    rng = np.random.default_rng(seed)
    fields = {
        "token_ids": rng.permutation(n) + 1000,
        "text": text or tuple(f" w{i}" for i in range(n)),
        "rho": rng.uniform(0.0, top, n),
        "theta": rng.uniform(-7.0, 7.0, n),
        "counts": np.sort(rng.zipf(1.3, n) % 10**9)[::-1],
        "norm": rng.uniform(0.5, 3.0, n),
        "kept": rng.choice([0, 10, 15], n),
        "words": {"key": "k", "source": "é"},
    }
    fields |= changes
    return DiskScene(**({"colours": make_colours(fields, rng)} | fields))


def make_colours(fields: dict, rng: np.random.Generator) -> tuple[SceneColour, ...]:
    """Colourings as they ship: groups with and without a rest, more groups than a half byte tells apart, and scales."""
    n = len(fields["token_ids"])
    counts = fields["counts"]
    with np.errstate(divide="ignore"):
        frequency = np.where(counts > 0, np.log10(counts), np.nan)
    stops = ((0.0, "#000000"), (1.0, "#ffffff"))
    found = {
        "kind": DiskColour(label="kind", values=rng.integers(0, 8, n).astype(float), groups=make_groups("abcdefgh")),
        "family": DiskColour(label="family", values=rng.choice([0, 3, 9, np.nan], n), groups=make_groups("ABCDEFGHIJ"), missing="none"),
        "script": DiskColour(label="script", values=rng.integers(0, 15, n).astype(float), groups=make_groups(SCRIPTS)),
        "frequency": DiskColour(label="log10 of the count", values=frequency, missing="not in s", stops=stops),
        "norm": DiskColour(label="norm", values=fields["norm"], stops=stops),
        "kept": DiskColour(label="kept", values=np.where(fields["kept"] == NOTHING, np.nan, fields["kept"]), missing="?", stops=stops),
        "many": DiskColour(label="many", values=rng.choice([0, 17, 99, np.nan], n), groups=make_groups([f"g{i}" for i in range(100)])),
        "made up": DiskColour(label="made up", values=np.where(rng.uniform(size=n) < 0.2, np.nan, rng.normal(size=n)), stops=stops),
    }
    return tuple(SceneColour(name=name, label=name, help=f"about {name}", colour=colour) for name, colour in found.items())


def make_groups(names) -> tuple[Group, ...]:
    colours = ("#0072B2", "#E69F00", "#009E73")
    return tuple(Group(name=name, label=name, colour=colours[i % 3], shape=SHAPES[i // 3 % 5]) for i, name in enumerate(names))


def decode(data: bytes) -> dict:
    (size,) = struct.unpack_from("<I", data)
    head, at = json.loads(data[4 : 4 + size]), 4 + size
    n = head["n"]

    def take(dtype: str, count: int) -> np.ndarray:
        nonlocal at
        found = np.frombuffer(data, dtype, count, at)
        at += found.nbytes
        return found.astype(np.int64)

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    high, both = take("<u4", n), take("<u4", n)
    low, ids = take("u1", n), take("u1", 3 * n).reshape(n, 3) @ np.array([1, 256, 65536])
    frames = [{"label": label, "high": take("<u4", n), "both": take("<u4", n), "low": take("u1", n)} for label in head.get("frames", [])]
    small = ["kept", *(one["name"] for one in head["colours"] if one["bits"] == 4)]
    pairs = [take("u1", n) for _ in range((len(small) + 1) // 2)]
    codes = {name: pairs[k // 2] & 15 if k % 2 else pairs[k // 2] >> 4 for k, name in enumerate(small)}
    codes |= {one["name"]: take("u1", n) for one in head["colours"] if one["bits"] == 8}
    fallen = [varint() for _ in range(n)]
    lengths = [varint() for _ in range(n)]
    text = []
    for length in lengths:
        text.append(data[at : at + length].decode("utf-8"))
        at += length
    assert at == len(data)
    return {
        "head": head,
        "theta": (high * 256 + low) / 2**40 * 2 * np.pi,
        "rho": (both >> 12) / (2**20 - 1) * head["rho"],
        "norm": head["norm"][0] + (both & 4095) / 4095 * (head["norm"][1] - head["norm"][0]),
        "codes": codes,
        "kept": codes["kept"],
        "ids": ids,
        "counts": np.cumsum(fallen[::-1])[::-1] if n else np.zeros(0),
        "text": tuple(text),
        "frames": [
            {
                "label": one["label"],
                "rho": (one["both"] >> 12) / (2**20 - 1) * head["rho"],
                "theta": (one["high"] * 256 + one["low"]) / 2**40 * 2 * np.pi,
                "moved": one["both"] & 1,
            }
            for one in frames
        ],
    }


@pytest.mark.parametrize("n", [1, 2, 700])
def test_what_goes_in_comes_out(n):
    scene = make_scene(n)
    found = decode(scene.to_bytes())
    apart = np.abs(np.angle(np.exp(1j * (found["theta"] - scene.theta))))
    assert apart.max() <= 2 * np.pi / 2**41 + 1e-15 and np.abs(found["rho"] - scene.rho).max() <= scene.rho.max() / (2**20 - 1) / 2 + 1e-12
    assert np.abs(found["norm"] - scene.norm).max() <= np.ptp(scene.norm) / 4095 / 2 + 1e-12
    for name in ("kept", "counts"):
        assert (found[name] == getattr(scene, name)).all(), name
    assert (found["ids"] == scene.token_ids).all() and found["text"] == scene.text
    assert found["head"]["words"] == scene.words == DiskScene.words_in(scene.to_bytes())


def test_every_colouring_arrives_with_what_its_legend_says():
    scene = make_scene(700)
    found = decode(scene.to_bytes())
    assert [one["name"] for one in found["head"]["colours"]] == [one.name for one in scene.colours]
    for head, one in zip(found["head"]["colours"], scene.colours, strict=True):
        colour, names = one.colour, [group.label for group in one.colour.groups or ()]
        assert head["label"] == colour.label and head["missing"] == colour.missing and head["help"] == one.help
        assert [item["label"] for item in head["items"] or []] == names and head["stops"] == [list(stop) for stop in colour.stops]
        if head["carried"]:
            assert head["bits"] == 0 and one.name in ("frequency", "norm", "kept")
            continue
        codes, nothing = found["codes"][one.name], 2 ** head["bits"] - 1
        assert (np.isnan(colour.values) == (codes == nothing)).all()
        low, high = head["range"] or (0.0, nothing - 1.0)
        there = codes < nothing
        off = np.abs(low + codes / (nothing - 1) * (high - low) - colour.values)[there]
        assert off.max() <= (0.5001 * (high - low) / 254 if head["range"] else 1e-12), one.name
    bits = {head["name"]: head["bits"] for head in found["head"]["colours"]}
    assert bits == {"kind": 4, "family": 4, "script": 4, "frequency": 0, "norm": 0, "kept": 0, "many": 8, "made up": 8}


def test_without_counts_the_frequency_colours_are_those_of_the_rank():
    rank = DiskColour(label="rank", values=np.log10(1.0 + np.arange(50)), stops=((0.0, "#000000"), (1.0, "#ffffff")))
    scene = make_scene(50, counts=np.zeros(50, dtype=int), colours=(SceneColour(name="f", label="f", help="", colour=rank),))
    assert decode(scene.to_bytes())["head"]["colours"][0]["carried"] == "log10 rank"


def test_frames_hold_the_same_tokens_elsewhere():
    rng = np.random.default_rng(2)
    frames = tuple(
        SceneFrame(label=label, rho=rng.uniform(0, 25, 40), theta=rng.uniform(-7, 7, 40), moved=rng.uniform(size=40) < 0.3)
        for label in "ab"
    )
    plain = make_scene(40)
    found = decode(make_scene(40, frames=frames).to_bytes())
    assert found["head"]["frames"] == ["a", "b"] and "frames" not in decode(plain.to_bytes())["head"]
    for one, frame in zip(found["frames"], frames, strict=True):
        assert np.abs(one["rho"] - frame.rho).max() <= found["head"]["rho"] / 2**20 and (one["moved"] == frame.moved).all()
        assert np.abs(np.angle(np.exp(1j * (one["theta"] - frame.theta)))).max() < 1e-11
    assert np.abs(found["rho"] - plain.rho).max() <= found["head"]["rho"] / 2**20 and found["text"] == plain.text


def test_texts_of_any_kind_survive():
    text = ("", " ", "🦊", "x" * 127, "x" * 128, "é" * 20_000, "a\nb", "<img src=x onerror=alert(1)>", '"', "\\", "\x00", "日本")
    assert decode(make_scene(len(text), text=text).to_bytes())["text"] == text
    assert decode(make_scene(1, text=("\ud800",)).to_bytes())["text"] == ("?",)


def test_a_token_takes_sixteen_bytes_at_most_beside_its_text():
    shipped = ("kind", "family", "script", "frequency", "norm", "kept")
    scene = make_scene(20_000)
    scene = dataclasses.replace(scene, colours=tuple(one for one in scene.colours if one.name in shipped))
    text = sum(len(t.encode()) + 1 for t in scene.text)  # one byte says how long a text is
    assert len(scene.to_bytes()) <= 16 * 20_000 + text + 10_000


def test_what_does_not_fit_is_refused(monkeypatch):
    with pytest.raises(HypvizError, match="falling count"):
        make_scene(3, counts=np.array([1, 2, 3])).to_bytes()
    many = DiskColour(label="many", values=np.zeros(3), groups=make_groups([f"g{i}" for i in range(256)]))
    with pytest.raises(HypvizError, match="256 groups"):
        make_scene(3, colours=(SceneColour(name="many", label="many", help="", colour=many),)).to_bytes()
    monkeypatch.setattr(disk_scene, "MOST_TOKENS", 5)
    with pytest.raises(HypvizError, match="lay out fewer"):
        make_scene(6).to_bytes()


def test_the_writing_system_is_that_of_the_first_letter():
    texts = [" dog", "пёс", "λ", "犬", "Ａ", "いぬ", "イヌ", "개", "كلب", "12 ", "", "🦊", "ñ", "ᏣᎳᎩ", "हिन्दी"]
    names = [SCRIPTS[code] for code in script_codes(texts)]
    expected = "Latin Cyrillic Greek Han Latin Japanese Japanese Hangul Arabic none none none Latin other Devanagari"
    assert names == expected.split()


def test_colours_by_quantile_arrive_as_numbers_of_which_as_many_share_each():
    rng = np.random.default_rng(4)
    values = np.where(rng.uniform(size=3000) < 0.1, np.nan, np.exp(3.0 * rng.normal(size=3000)))
    colour = DiskColour(label="skew", values=values, missing="none", stops=((0.0, "#000000"), (1.0, "#ffffff")), by_quantile=True)
    found = decode(make_scene(3000, colours=(SceneColour(name="skew", label="skew", help="", colour=colour),)).to_bytes())
    (head,), codes = found["head"]["colours"], found["codes"]["skew"]
    knots, there = np.array(head["knots"]), np.isfinite(values)
    assert head["by_quantile"] and head["range"] is None and len(knots) == 255 and (np.diff(knots) >= 0).all()
    assert (codes[~there] == 255).all() and np.bincount(codes[there], minlength=255).max() <= 25  # 2,700 values in 255 steps
    order = np.argsort(values[there])
    assert (np.diff(knots[codes[there]][order]) >= 0).all()


def test_what_share_of_a_scale_stands_apart_arrives():
    values = np.arange(30.0)
    colours = tuple(
        SceneColour(name=name, label="", help="", colour=DiskColour(label="x", values=values, stops=((0.0, "#000000"),), peaks=peaks))
        for name, peaks in (("a", 0.01), ("b", 0.0))
    )
    assert [head["peaks"] for head in decode(make_scene(30, colours=colours).to_bytes())["head"]["colours"]] == [0.01, 0.0]


SPREADS = {
    "all of float64": [-1.7e308, 0.0, 1.7e308, 1.7976931348623157e308, -1.7976931348623157e308],
    "subnormal": [0.0, 5e-324, 1e-323, 1.5e-323],
    "small": [1e-310, 2e-310, 4e-310],
    "huge and subnormal": [5e-324, 0.0, 1e308],
    "one": [5e-324],
    "one huge": [1.7e308, 1.7e308],
    "far off": [1.7e12 + k for k in range(5)],
}


@pytest.mark.parametrize("by_quantile", [False, True])
@pytest.mark.parametrize("name", SPREADS)
@pytest.mark.filterwarnings("error")
def test_a_scale_of_any_spread_arrives(name, by_quantile):
    values = np.array([*SPREADS[name], np.nan])
    colour = DiskColour(label="x", values=values, stops=((0.0, "#000000"), (1.0, "#ffffff")), by_quantile=by_quantile)
    found = decode(make_scene(len(values), colours=(SceneColour(name="x", label="x", help="", colour=colour),)).to_bytes())
    (head,), codes = found["head"]["colours"], found["codes"]["x"]
    assert codes[-1] == 255 and (codes[:-1] < 255).all()
    known = [Fraction(value) for value in values[:-1]]
    if by_quantile:
        knots = [Fraction(knot) for knot in head["knots"]]
        away = [abs(knots[code] - value) for code, value in zip(codes, known, strict=False)]
        assert knots == sorted(knots) and all(
            each <= min(abs(knot - value) for knot in knots) for each, value in zip(away, known, strict=True)
        )
        assert len({knots[code] for code in codes[:-1]}) == len(set(known))  # so few numbers are all told apart
        return
    low, high = map(Fraction, head["range"])
    assert (low, high) == (min(known), max(known))
    for code, value in zip(codes, known, strict=False):
        assert abs(low + Fraction(int(code), 254) * (high - low) - value) <= (high - low) / 254 * Fraction(51, 100)


def test_wide_groups_arrive_with_the_codes_in_them():
    wide = (WideGroup(label="all", colour="#123456", middle=2, codes=(0, 1)),)
    colour = DiskColour(label="r", values=np.array([0.0, 1.0, 0.0]), groups=make_groups("ab"), middles=(0, 1), on_middles=True, wide=wide)
    head = decode(make_scene(3, colours=(SceneColour(name="r", label="r", help="", colour=colour),)).to_bytes())["head"]["colours"][0]
    assert head["wide"] == [{"label": "all", "colour": "#123456", "middle": 2, "codes": [0, 1]}]
