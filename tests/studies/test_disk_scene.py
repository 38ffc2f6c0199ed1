"""The bytes of a scene, read by a decoder written from the description; and the writing system of tokens."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.records import disk_scene
from hypviz.records.disk_scene import DiskScene
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
        "kind": rng.integers(0, 8, n),
        "category": rng.choice([0, 3, 9, 15], n),
        "script": rng.integers(0, 15, n),
        "kept": rng.choice([0, 10, 15], n),
        "kinds": tuple("abcdefgh"),
        "categories": tuple("ABCDEFGHIJ"),
        "scripts": SCRIPTS,
        "words": {"key": "k", "source": "é"},
    }
    return DiskScene(**(fields | changes))


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
    low, kinds, scripts = take("u1", n), take("u1", n), take("u1", n)
    ids = take("u1", 3 * n).reshape(n, 3) @ np.array([1, 256, 65536])
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
        "kind": kinds >> 4,
        "category": kinds & 15,
        "script": scripts >> 4,
        "kept": scripts & 15,
        "ids": ids,
        "counts": np.cumsum(fallen[::-1])[::-1] if n else np.zeros(0),
        "text": tuple(text),
    }


@pytest.mark.parametrize("n", [1, 2, 700])
def test_what_goes_in_comes_out(n):
    scene = make_scene(n)
    found = decode(scene.to_bytes())
    apart = np.abs(np.angle(np.exp(1j * (found["theta"] - scene.theta))))
    assert apart.max() <= 2 * np.pi / 2**41 + 1e-15 and np.abs(found["rho"] - scene.rho).max() <= scene.rho.max() / (2**20 - 1) / 2 + 1e-12
    assert np.abs(found["norm"] - scene.norm).max() <= np.ptp(scene.norm) / 4095 / 2 + 1e-12
    for name in ("kind", "category", "script", "kept", "counts"):
        assert (found[name] == getattr(scene, name)).all(), name
    assert (found["ids"] == scene.token_ids).all() and found["text"] == scene.text
    assert found["head"]["words"] == scene.words and found["head"]["scripts"] == list(SCRIPTS)


def test_texts_of_any_kind_survive():
    text = ("", " ", "🦊", "x" * 127, "x" * 128, "é" * 20_000, "a\nb", "<img src=x onerror=alert(1)>", '"', "\\", "\x00", "日本")
    assert decode(make_scene(len(text), text=text).to_bytes())["text"] == text
    assert decode(make_scene(1, text=("\ud800",)).to_bytes())["text"] == ("?",)


def test_a_token_takes_sixteen_bytes_at_most_beside_its_text():
    scene = make_scene(20_000)
    text = sum(len(t.encode()) + 1 for t in scene.text)  # one byte says how long a text is
    assert len(scene.to_bytes()) <= 16 * 20_000 + text + 10_000


def test_what_does_not_fit_is_refused(monkeypatch):
    with pytest.raises(HypvizError, match="falling count"):
        make_scene(3, counts=np.array([1, 2, 3])).to_bytes()
    monkeypatch.setattr(disk_scene, "MOST_TOKENS", 5)
    with pytest.raises(HypvizError, match="lay out fewer"):
        make_scene(6).to_bytes()


def test_the_writing_system_is_that_of_the_first_letter():
    texts = [" dog", "пёс", "λ", "犬", "Ａ", "いぬ", "イヌ", "개", "كلب", "12 ", "", "🦊", "ñ", "ᏣᎳᎩ", "हिन्दी"]
    names = [SCRIPTS[code] for code in script_codes(texts)]
    expected = "Latin Cyrillic Greek Han Latin Japanese Japanese Hangul Arabic none none none Latin other Devanagari"
    assert names == expected.split()
