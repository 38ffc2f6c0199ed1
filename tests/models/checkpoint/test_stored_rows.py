"""Rows that are read as they are asked for: the bits of a full load, whatever the format, the order and the number of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint import embeddings
from hypviz.models.checkpoint.headers import read_float32, read_header
from hypviz.models.checkpoint.stored_rows import StoredRows

N, D = 300, 7


def stored(folder: Path, dtype: torch.dtype, values: torch.Tensor | None = None) -> StoredRows:
    """A table of numbers behind another tensor of an odd length."""
    rows = torch.randn(N, D, generator=torch.Generator().manual_seed(1)) if values is None else values
    file = folder / "t.safetensors"
    save_file({"a": torch.zeros(13, dtype=torch.uint8), "table": rows.to(dtype)}, file)
    return StoredRows(read_header(file)["table"], "the table")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_every_way_of_asking_gives_the_rows_of_the_whole(tmp_path, dtype):
    table = stored(tmp_path, dtype)
    whole = read_float32(table.tensor)
    mask = np.arange(N) % 3 == 1
    asked = (
        slice(None),
        slice(5, 200, 7),
        slice(-4, None),
        [3, 3, 2, 299, -1],
        np.array([], dtype=np.int64),
        mask,
        np.arange(40, 90)[::-1],
    )
    for which in asked:
        found = table[which]
        assert found.dtype == np.float32 and found.tobytes() == whole[which].tobytes()
    assert (table.shape, len(table)) == ((N, D), N) and np.asarray(table).tobytes() == whole.tobytes()
    with pytest.raises(IndexError):
        table[[N]]


def test_a_row_that_is_not_finite_is_told_by_its_number_when_it_is_read(tmp_path):
    values = torch.ones(N, D)
    values[57, 2] = torch.nan
    table = stored(tmp_path, torch.bfloat16, values)
    assert (table[:57] == 1).all()
    with pytest.raises(ModelError, match=r"1 of 10 rows that were read of the table hold NaN or infinity \(the first is row 57\)"):
        table[50:60]


def test_a_file_that_became_shorter_is_said(tmp_path):
    table = stored(tmp_path, torch.float32)
    table.tensor.file.write_bytes(table.tensor.file.read_bytes()[: table.tensor.stop - 5])
    with pytest.raises(ModelError, match="changed while it was read"):
        table[[N - 1]]


def test_a_large_table_of_a_model_is_read_by_rows_with_the_same_bits(checkpoint_folder, tmp_path, monkeypatch):
    ref = models.resolve(str(checkpoint_folder("llama")))
    whole = models.read_embeddings(ref, output=True)
    monkeypatch.setattr("hypviz.models.live.memory.KEPT_WHOLE", 0)
    monkeypatch.setattr(embeddings, "_TABLES", embeddings.Held(2))
    rows = models.read_embeddings(ref, output=True)
    assert isinstance(rows.values, StoredRows) and isinstance(whole.values, np.ndarray)
    assert rows.values[:].tobytes() == whole.values.tobytes()
    assert (rows.tensor_name, rows.fingerprint) == (whole.tensor_name, whole.fingerprint)
