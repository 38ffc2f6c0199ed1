"""Rows of a quantised table that are read as they are asked for have the bits of the table dequantised whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hypviz.errors import ModelError
from hypviz.models.checkpoint.gguf_rows import GgufRows, is_quantised
from hypviz.models.checkpoint.headers import StoredTensor

N, D = 300, 512


def every_kind() -> list[str]:
    """The quantised types that the package can turn into numbers."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    found: list[str] = []
    for kind, (n_numbers, n_bytes) in GGML_QUANT_SIZES.items():
        try:
            dequantize(np.zeros((1, n_bytes), dtype=np.uint8), GGMLQuantizationType(kind))
        except NotImplementedError:
            continue
        found += [kind.name] if n_numbers > 1 else []
    return found


@pytest.mark.parametrize("kind", every_kind())
def test_every_way_of_asking_gives_the_rows_of_the_whole(tmp_path: Path, kind: str) -> None:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    number = GGMLQuantizationType[kind]
    n_numbers, n_bytes = GGML_QUANT_SIZES[number]
    width = D // n_numbers * n_bytes
    raw = np.random.default_rng(3).integers(0, 60, size=(N, width), dtype=np.uint8)  # small bytes make finite scales
    file = tmp_path / "t"
    file.write_bytes(b"thirteen byte" + raw.tobytes())
    table = GgufRows(StoredTensor(name="t", dtype=kind, shape=(N, D), start=13, stop=13 + raw.nbytes, file=file), "the table")
    with np.errstate(all="ignore"):
        whole = dequantize(raw, number)
    mask = np.arange(N) % 3 == 1
    for which in (slice(None), slice(5, 200, 7), [3, 3, 2, 299, -1], np.array([], dtype=np.int64), mask, np.arange(40, 90)[::-1]):
        found = table[which]
        assert found.dtype == np.float32 and found.tobytes() == whole[which].tobytes()
    assert (table.shape, len(table)) == ((N, D), N)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ModelError, match="changed while it was read"):
        table[[N - 1]]


def test_plain_numbers_are_not_for_it(tmp_path: Path) -> None:
    plain = StoredTensor(name="t", dtype="BF16", shape=(N, D), start=0, stop=2 * N * D, file=tmp_path / "t")
    assert not is_quantised(plain)
    with pytest.raises(ValueError, match="not a quantised table"):
        GgufRows(plain, "the table")
