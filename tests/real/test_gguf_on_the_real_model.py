"""The GGUF file of the real model is the same model as its folder: tokens, rows as 8 bits keep them, and every weight in 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from hypviz import models
from tests.gguf_files import EMBEDDING


def test_the_file_and_the_folder_are_one_model(real_gguf: Path, real_model: Path) -> None:
    from gguf import GGUFReader, quants

    ref, own = models.resolve(str(real_gguf)), models.resolve(str(real_model))
    assert (ref.kind, ref.dtype, ref.quantised_rows) == ("gguf", "Q4_1", "Q8_0")
    stored = next(tensor for tensor in GGUFReader(real_gguf).tensors if tensor.name == EMBEDDING)
    rows = np.asarray(models.read_embeddings(ref).values)
    assert rows.tobytes() == quants.dequantize(stored.data, stored.tensor_type).tobytes()
    mine, theirs = models.read_token_table(ref), models.read_token_table(own)
    assert mine.text == theirs.text and (mine.kind == theirs.kind).all()
    model, unpacked = models.load_model(ref).state_dict(), models.load_model(own).state_dict()
    assert model.keys() == unpacked.keys() and all(torch.equal(model[name], unpacked[name]) for name in model)
    in_16_bits = torch.from_numpy(rows.copy()).to(torch.bfloat16)
    assert torch.equal(in_16_bits, model["model.embed_tokens.weight"])
