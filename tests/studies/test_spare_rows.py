"""Rows that no token has change nothing that is said of the vocabulary, and are counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz.corpora import corpus_from_bytes
from hypviz.models import read_token_table, resolve
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.studies.disk import lay_out
from hypviz.studies.disk.scene import disk_scene
from hypviz.studies.frequency import FREQUENCY
from hypviz.studies.model import load_report
from hypviz.studies.tokens import row_norms
from hypviz.studies.vocabulary_delta import VOCABULARY, vocabulary_spec
from hypviz.words.disk import disk_finding, how_it_was_made
from tests.checkpoints import PADDING_ROWS, SENTENCES
from tests.models.checkpoint.test_embeddings import rewrite

MORE, TOKENS = 60, 400


@pytest.fixture(scope="module")
def spare(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory):
    """The model with `MORE` further rows, all of them the mean row, in both tables."""

    def grow(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        for name in ("model.embed_tokens.weight", "lm_head.weight"):
            mean = state[name].float().mean(0, keepdim=True).to(torch.bfloat16)
            state[name] = torch.cat([state[name], mean.repeat(MORE, 1)])
        return state

    folder = Path(rewrite(tiny_llama, tmp_path_factory.mktemp("spare") / "spare", grow))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": config["vocab_size"] + MORE}))
    return resolve(str(folder))


@pytest.fixture(scope="module")
def plain(tiny_llama: Path):
    return resolve(str(tiny_llama))


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_bytes("\n".join(SENTENCES).encode("utf-8"), "sentences.txt")


def test_one_mask_says_which_rows_have_a_token(spare, plain) -> None:
    table = read_token_table(spare)
    assert table.has_token.tolist() == [True] * TOKENS + [False] * (PADDING_ROWS + MORE)
    assert table.n_without_token == PADDING_ROWS + MORE == int((~table.has_token).sum())
    assert read_token_table(plain).has_token.sum() == TOKENS


@pytest.mark.parametrize("table", ["input", "output"])
@pytest.mark.parametrize("with_counts", [True, False])
def test_the_disk_is_the_same_and_counts_them(spare, plain, corpus, table: str, with_counts: bool) -> None:
    def asked(ref, **changed) -> LayoutSpec:
        return LayoutSpec(rows=ModelRows(model=ref, table=table), counts=corpus if with_counts else None, **changed)

    found, expected = lay_out(asked(spare)).record, lay_out(asked(plain)).record
    assert found.token_ids.tolist() == expected.token_ids.tolist() and found.theta.tolist() == expected.theta.tolist()
    assert found.quality == expected.quality and found.kept.tolist() == expected.kept.tolist() and found.n_uncounted == expected.n_uncounted
    assert (found.n_without_token, expected.n_without_token) == (PADDING_ROWS + MORE, PADDING_ROWS)
    assert disk_finding(found) == disk_finding(expected) and disk_finding(found).startswith("400 tokens; ")
    assert "65 spare rows of the table belong to no token and are left out." in how_it_was_made(found)
    some = lay_out(asked(spare, n_tokens=TOKENS + 3)).record
    assert len(some.token_ids) == TOKENS
    scene = disk_scene(found, read_token_table(spare), row_norms(spare, table=table), key="k")
    assert scene.words["vocabulary"] == TOKENS == len(scene.text) and not any("no token" in text for text in scene.text)


def test_norms_frequencies_and_deltas_are_the_same(spare, plain, corpus) -> None:
    found, expected = load_report(spare.path), load_report(plain.path)
    assert (found.norm_median, found.norm_range) == (expected.norm_median, expected.norm_range)
    assert (found.n_tokens, found.n_without_token) == (TOKENS, PADDING_ROWS + MORE)
    counted = [FREQUENCY.get(FrequencySpec(model=ref, source=corpus)).record for ref in (spare, plain)]
    assert counted[0].token_id.tolist() == counted[1].token_id.tolist() and counted[0].correlation == counted[1].correlation
    for table in ("input", "output"):
        deltas = [VOCABULARY.get(vocabulary_spec(ref, n_points=60, table=table, nulls=(), seed=3)).record for ref in (spare, plain)]
        assert deltas[0].lower == deltas[1].lower and deltas[0].witnesses.tolist() == deltas[1].witnesses.tolist()
        assert (deltas[0].n_points, deltas[0].n_vocabulary, deltas[0].n_without_token) == (60, TOKENS, PADDING_ROWS + MORE)
        assert np.max(deltas[0].witnesses) < TOKENS
