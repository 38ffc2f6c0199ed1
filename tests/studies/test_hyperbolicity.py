"""The study end to end on tiny checkpoints, judged by delta of the rows taken by hand; untrained weights are chance."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity import N_REPEATS, delta_at_base, euclidean_distances
from hypviz.models import load_tokenizer, read_embeddings, resolve
from hypviz.plots.hyperbolicity import delta_chart, points_chart
from hypviz.records.hyperbolicity import LOWER, SAME, Hyperbolicity
from hypviz.studies.hyperbolicity import PROMPTS, prompt_spec
from hypviz.words.hyperbolicity import comparison_sentence
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

CORPUS = corpus_from_bytes("\n".join([*SENTENCES[:5], "a"]).encode(), "prompts.txt")


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_each_prompt_is_measured_on_its_own_rows_from_its_first_token(architecture, checkpoint_folder):
    ref = resolve(str(checkpoint_folder(architecture)))
    record = PROMPTS.get(prompt_spec(ref, CORPUS)).record
    tokenizer, rows = load_tokenizer(ref), read_embeddings(ref).values
    assert (record.n_prompts, record.n_too_short) == (5, 1)
    for i, text in enumerate(CORPUS.texts[:5]):
        ids = tokenizer(text)["input_ids"]
        D = euclidean_distances(rows[ids])
        assert record.deltas.delta_rel[i] == pytest.approx(2 * delta_at_base(D, 0) / D.max(), abs=1e-9)
        assert record.deltas.n_tokens[i] == len(ids)
        assert record.deltas.n_points[i] == len(set(ids))
    special = architecture in ("llama", "gemma3")
    assert ("special first token" in record.base) == special
    assert record.deltas.null_delta_rel.shape == (N_REPEATS, 5)
    assert record.tree_max < 1e-12


def test_untrained_weights_are_not_distinguishable_from_chance(tiny_llama):
    """Rows of an untrained model are Gaussian; this seed is one of the 95 %."""
    found = PROMPTS.get(prompt_spec(resolve(str(tiny_llama)), CORPUS)).record.comparison
    assert found.verdict == SAME
    assert not found.difference.excludes(0)


def test_rows_near_a_line_are_found_lower_than_chance(checkpoint_folder, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / "line"
    shutil.copytree(checkpoint_folder("gpt2"), folder)
    tensors = load_file(folder / "model.safetensors")
    name = next(n for n in tensors if n.endswith("wte.weight"))
    rng = np.random.default_rng(0)
    shape = tensors[name].shape
    tensors[name] = (rng.normal(size=(shape[0], 1)) * rng.normal(size=shape[1]) + 1e-4 * rng.normal(size=shape)).astype(np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    record = PROMPTS.get(prompt_spec(resolve(str(folder)), CORPUS)).record
    assert record.comparison.verdict == LOWER
    assert record.delta_rel_mean < 0.02 < record.null_mean


def test_the_store_keeps_the_record_and_the_limit_is_part_of_the_question(tiny_llama):
    ref = resolve(str(tiny_llama))
    first = PROMPTS.get(prompt_spec(ref, CORPUS))
    assert PROMPTS.get(prompt_spec(ref, CORPUS)).from_store
    assert PROMPTS.get(prompt_spec(ref, CORPUS, limit=6)).from_store  # all of them, the same question
    two = PROMPTS.get(prompt_spec(ref, CORPUS, limit=2))
    assert not two.from_store
    assert two.record.deltas.delta_rel == pytest.approx(first.record.deltas.delta_rel[:2])
    assert Hyperbolicity.from_json(first.record.to_json()).comparison == first.record.comparison


def test_many_prompts_are_all_measured_and_a_counted_draw_is_compared_with_chance(tiny_llama, monkeypatch):
    monkeypatch.setattr("hypviz.studies.hyperbolicity.N_PROMPTS", 3)
    record = PROMPTS.get(prompt_spec(resolve(str(tiny_llama)), CORPUS)).record
    assert (record.n_prompts, record.deltas.delta_rel.size, record.deltas.compared.size) == (5, 5, 3)
    assert record.deltas.null_delta_rel.shape == (N_REPEATS, 3)
    assert record.comparison.difference.n == 3
    expected = record.deltas.delta_rel[record.deltas.compared].mean() - record.null_mean
    assert record.comparison.difference.value == pytest.approx(expected)
    assert "over 3 prompts drawn by the seed" in comparison_sentence(record)
    assert "the 3 prompts drawn for the comparison" in points_chart(record).title
    assert np.isfinite(delta_chart(record).data["null_mean"]).sum() == 3


def test_what_cannot_be_measured_is_one_sentence(tiny_llama):
    ref = resolve(str(tiny_llama))
    with pytest.raises(HypvizError, match="None of the 1 prompts"):
        PROMPTS.get(prompt_spec(ref, corpus_from_bytes(b"a", "short.txt")))
    with pytest.raises(HypvizError, match="limit must be a whole number from 1"):
        PROMPTS.get(prompt_spec(ref, CORPUS, limit=0))
    with pytest.raises(Stopped):
        PROMPTS.get(prompt_spec(ref, CORPUS), Watcher(stop_at=1))
