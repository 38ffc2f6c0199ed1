"""The tables of a real model: exact neighbours of every token within bounds, and a second table that config.json does not know."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hypviz.layout import centred_units, nearest_by_cosine, true_neighbours
from hypviz.models import load_model, read_embeddings, read_token_table, resolve, summarise
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.studies.untrained import untrained_rows


@pytest.fixture(scope="module")
def real(real_model: Path):
    return resolve(str(real_model))


def test_one_table_in_the_file_and_a_token_for_every_row(real) -> None:
    contents = file_contents(real)
    assert contents.shared and contents.tied_in_config and contents.input_table == contents.output_table
    assert not (contents.missing or contents.unused or contents.n_renamed or contents.n_float8 or contents.refusal)
    assert len(contents_sentences(contents, label=real.label, architecture="LlamaForCausalLM")) == 1
    table = read_token_table(real)
    assert table.has_token.shape == (49152,) and int((~table.has_token).sum()) == table.n_without_token


def test_what_no_text_of_its_training_held_is_found_and_nothing_else(real) -> None:
    table, found = read_token_table(real), untrained_rows(real)
    names = {table.text[i] for i in found.ids}
    assert len(found.ids) == 15 and {"<file_sep>", "<gh_stars>", "PlaneProtection", " InstancePreprocess"} <= names
    assert found.left_out.size == 15 and not names & {"the", " the", "<|endoftext|>", "<|im_start|>", "\x00"}


def test_neighbours_of_a_large_part_of_the_vocabulary_are_exact(real) -> None:
    units = centred_units(read_embeddings(real).values[:20_000]).rows
    found = true_neighbours(units, depths=(10,))
    rows = np.random.default_rng(0).choice(len(units), 50, replace=False)
    cosine = units[rows].astype(np.float64) @ units.astype(np.float64).T
    cosine[np.arange(50), rows] = -np.inf
    np.testing.assert_allclose(found.least[rows, 0], -np.sort(-cosine, axis=1)[:, 9], atol=1e-9)
    assert (found.n_as_near[rows, 0] == (cosine >= found.least[rows] - 1e-12).sum(axis=1)).all()
    near = nearest_by_cosine(units, rows, k=10)
    assert np.mean([len(set(a) & set(b)) for a, b in zip(near.tolist(), found.nearest[rows].tolist(), strict=True)]) > 9.9


def test_float8_by_blocks_answers_as_the_numbers_it_stands_for(real, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(real.path, tmp_path / "fp8"))
    state = load_file(folder / "model.safetensors")
    name = "model.layers.3.self_attn.k_proj.weight"  # 192 rows: the second block of 128 is cut off
    weight, scale = state[name].float(), torch.zeros(2, 5)
    true = torch.zeros_like(weight)
    for i in range(2):
        for j in range(5):
            block = (slice(128 * i, 128 * i + 128), slice(128 * j, 128 * j + 128))
            scale[i, j] = weight[block].abs().max() / 448
            true[block] = (weight[block] / scale[i, j]).to(torch.float8_e4m3fn).float()
    stored = state | {
        name: true.to(torch.float8_e4m3fn),
        name + "_scale_inv": scale,
        "lm_head.weight": state["model.embed_tokens.weight"] * 2,
    }
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    ref = resolve(str(folder))
    model = load_model(ref, dtype="bfloat16")
    spread = scale.repeat_interleave(128, 0)[:192].repeat_interleave(128, 1)[:, :576]
    assert torch.equal(model.get_parameter(name), (true * spread).to(torch.bfloat16))
    assert not summarise(ref).tied and json.loads((folder / "config.json").read_text())["tie_word_embeddings"]
    np.testing.assert_array_equal(read_embeddings(ref, output=True).values, 2 * read_embeddings(ref).values)
    assert torch.equal(model.get_output_embeddings().weight, 2 * model.get_input_embeddings().weight)
