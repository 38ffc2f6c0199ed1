"""A prompt's path through the layers: probabilities and cosines by their definitions, what is refused, and the path on a layout."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.geometry import polar_distance
from hypviz.models import encode_prompts, read_embeddings
from hypviz.models.tokenizer.tokens import encode_plain, read_token_table
from hypviz.records.layout import DiskLayout
from hypviz.records.path import COSINE, LOGIT, PromptPath
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.disk import lay_out
from hypviz.studies.disk.path import N_TOKENS, path_spec, path_study, prompt_ids
from hypviz.studies.disk.path_view import SHOWN, path_on_disk, path_table

PROMPT = "Tom has 12 red apples"


@pytest.fixture
def layout(stage) -> DiskLayout:
    """The first 300 tokens of the tiny Llama."""
    return lay_out(LayoutSpec(rows=ModelRows(model=stage.ref), method="pca", n_tokens=300)).record


def _path(stage, layout, **asked) -> PromptPath:
    spec = path_spec(stage.ref, asked.pop("prompt", PROMPT), token_ids=layout.token_ids, table=layout.table, **asked)
    return path_study(lambda work: stage.lend()).get(spec).record


def test_the_last_layer_is_the_models_own_answer(stage, layout):
    import torch

    path = _path(stage, layout)
    (ids,) = encode_prompts(stage.ref, [PROMPT])
    with torch.no_grad():
        p = stage.model(input_ids=torch.tensor([ids])).logits[0, -1].double().softmax(-1).numpy()
    assert path.ids.tolist() == ids and path.position == len(ids) - 1 and path.n_layers == stage.model.config.num_hidden_layers
    assert path.tokens[-1].tolist() == np.argsort(-p, kind="stable")[:N_TOKENS].tolist()
    np.testing.assert_allclose(path.values[-1], np.sort(p)[::-1][:N_TOKENS], atol=1e-6)
    assert path.laid_out is not None and path.entropy is not None
    assert path.laid_out[-1] == pytest.approx(p[layout.token_ids].sum(), abs=1e-6)
    assert path.entropy[-1] == pytest.approx(-(p * np.log(p)).sum(), abs=1e-5)
    assert (np.diff(path.values, axis=1) <= 0).all() and (path.values.sum(axis=1) <= 1).all()


def test_the_point_is_the_most_probable_token_that_is_laid_out(stage, layout):
    whole = _path(stage, layout)
    top = int(whole.placed[-1])
    others = np.setdiff1d(layout.token_ids, [top])
    left = path_study(lambda work: stage.lend()).get(path_spec(stage.ref, PROMPT, token_ids=others, table="input")).record
    assert left.tokens.tolist() == whole.tokens.tolist() and left.placed[-1] != top
    assert left.placed_value[-1] <= whole.placed_value[-1] and left.laid_out is not None and whole.laid_out is not None
    assert left.laid_out[-1] == pytest.approx(whole.laid_out[-1] - whole.placed_value[-1])


def test_an_earlier_token_is_the_last_one_of_the_text_so_far(stage, layout):
    (plain,) = encode_plain(stage.ref, [PROMPT])
    spec = path_spec(stage.ref, PROMPT, token_ids=layout.token_ids, table="input", position=1)
    (begun,) = encode_prompts(stage.ref, [PROMPT])
    assert list(prompt_ids(spec)) == begun[: len(begun) - len(plain) + 2]
    assert _path(stage, layout, position=len(plain) - 1).values.tolist() == _path(stage, layout).values.tolist()


def test_by_cosine_the_rows_are_those_nearest_to_the_state(stage, layout):
    from hypviz.generate import read_layers

    path = _path(stage, layout, lens=COSINE, prompt="red apples!")
    states = read_layers(stage.model, path.ids.tolist(), label="m", with_logits=False).states.astype(np.float64)
    ids = np.sort(layout.token_ids)
    rows = read_embeddings(stage.ref).values[ids].astype(np.float64)
    rows, states = rows - rows.mean(axis=0), states - rows.mean(axis=0)
    cosine = states @ rows.T / np.linalg.norm(rows, axis=1) / np.linalg.norm(states, axis=1)[:, None]
    assert path.tokens.tolist() == ids[np.argsort(-cosine, axis=1)[:, :N_TOKENS]].tolist()
    np.testing.assert_allclose(path.values, -np.sort(-cosine, axis=1)[:, :N_TOKENS], atol=1e-9)
    assert path.laid_out is None and path.placed.tolist() == path.tokens[:, 0].tolist()
    assert path.tokens[0, 0] == path.ids[-1]  # layer 0 is the token's own row


def test_the_second_time_no_model_is_opened_and_the_table_counts_by_cosine_only(stage, layout):
    _path(stage, layout)
    stage.opened.clear()
    _path(stage, dataclasses.replace(layout, table="output"))
    assert stage.opened == []
    _path(stage, layout, lens=COSINE)
    _path(stage, dataclasses.replace(layout, table="output"), lens=COSINE)
    assert len(stage.opened) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"prompt": ""}, "The prompt is empty"),
        ({"prompt": "apples " * 300}, "tokens, but llama reads 256 at most; shorten it"),
        ({"position": 99}, "but number 99 was asked for"),
        ({"position": -1}, "but number -1 was asked for"),
        ({"lens": "tuned"}, "There is no lens 'tuned'"),
        ({"prompt": "\ud800"}, "half a character"),
    ],
)
def test_what_cannot_be_followed_is_one_sentence(stage, layout, asked, words):
    with pytest.raises(HypvizError, match=words):
        _path(stage, layout, **asked)


@pytest.mark.parametrize("lens", [LOGIT, COSINE])
def test_on_a_layout_the_path_goes_through_its_tokens_and_says_how_far_the_others_lie(stage, layout, lens):
    path, text = _path(stage, layout, lens=lens), read_token_table(stage.ref).text
    view = path_on_disk(path, layout, text, tied=False)
    assert layout.token_ids[view.rows].tolist() == path.placed.tolist()
    for layer, row in enumerate(view.rows):
        shown = [k for k in range(SHOWN) if path.tokens[layer, k] in layout.token_ids]
        there = [int(np.flatnonzero(layout.token_ids == path.tokens[layer, k])[0]) for k in shown]
        d = polar_distance(layout.rho[there], layout.theta[there], to_rho=layout.rho[row], to_theta=layout.theta[row])
        weights = path.values[layer, shown] if lens == LOGIT else np.ones(len(shown))
        assert view.spread[layer] == pytest.approx((d * weights).sum() / weights.sum())
    table = path_table(path, layout, text)
    assert len(table) == path.tokens.size and table["text"].tolist() == [text[i] for i in path.tokens.ravel()]
    strangers = ~np.isin(path.tokens.ravel(), layout.token_ids)
    assert table["rho"].isna().tolist() == strangers.tolist()
    assert ("probability" if lens == LOGIT else "cosine") in table


def test_a_layout_of_other_tokens_is_refused(stage, layout):
    path = _path(stage, layout)
    few = dataclasses.replace(layout, token_ids=np.setdiff1d(np.arange(305), path.placed)[: len(layout.token_ids)])
    with pytest.raises(HypvizError, match="other tokens"):
        path_on_disk(path, few, read_token_table(stage.ref).text, tied=False)
