"""Ranks on a real model: what the probe predicts of held-out counts and of real text that it has never seen, beside the token's number."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from hypviz.corpora.general import general_words
from hypviz.corpora.general.recipe import count
from hypviz.corpora.general.sources import SOURCES, texts_of
from hypviz.models import resolve
from hypviz.models.tokenizer.word_tokens import count_word_tokens
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import LayoutSpec, ModelRows, RanksSpec
from hypviz.records.texts import WordCounts
from hypviz.store import Store
from hypviz.studies.disk import RANKS, lay_out
from hypviz.studies.tokens import token_table
from hypviz.words.ranks import ranks_sentence

pytestmark = pytest.mark.slow
N_TRAINED = 49_152 - 15  # rows never trained: names of files and issues, and three words of code
needs_texts = pytest.mark.skipif("HYPVIZ_TEST_DATA" not in os.environ, reason="HYPVIZ_TEST_DATA does not name a folder with real texts")


@pytest.fixture(scope="module")
def ref(real_model: Path) -> ModelRef:
    return resolve(str(real_model))


def _words(*, prose: bool) -> WordCounts:
    """The words of WikiText, or of all the other sources of the general table, which are school problems and questions."""
    sources = [each for each in SOURCES if each.name.startswith("WikiText") == prose]
    found = count(({"name": each.name}, texts_of(each, Path(os.environ["HYPVIZ_TEST_DATA"]))) for each in sources).forms
    name = "prose" if prose else "school"
    counts = np.array(list(found.values()), dtype=np.int64)
    return WordCounts(name=name, forms=tuple(found), counts=counts, sources=(name,), n_texts=1, fingerprint=name)


def test_counts_that_were_held_out_are_predicted_far_better_than_by_the_token_id(ref: ModelRef, tmp_path: Path) -> None:
    layout = lay_out(LayoutSpec(rows=ModelRows(model=ref), counts=general_words(), method="pca"), store=Store(tmp_path)).record
    found = layout.probe
    assert found is not None and layout.ranked_by_probe
    assert len(layout.token_ids) == N_TRAINED and 20_000 < layout.n_uncounted < 21_000 and found.n_counted > 28_000
    assert found.spearman >= 0.63 and found.id_spearman <= 0.47
    assert found.held_out_spearman >= 0.22 and found.held_out_id_spearman <= 0.11
    assert f"{N_TRAINED - layout.n_uncounted:,} of {N_TRAINED:,} tokens occur in the general word table" in ranks_sentence(layout)
    assert layout.quality.radius_spearman == pytest.approx(-1.0)


@needs_texts
@pytest.mark.parametrize(("prose", "least"), [(False, 0.29), (True, 0.24)], ids=["from school to prose", "from prose to school"])
def test_tokens_never_counted_are_ranked_better_than_by_the_token_id_for_a_text_of_another_kind(
    ref: ModelRef, tmp_path: Path, prose: bool, least: float
) -> None:
    store = Store(tmp_path)
    ranks = RANKS.get(RanksSpec(rows=ModelRows(model=ref), counts=_words(prose=prose)), store=store).record
    unseen = count_word_tokens(ref, _words(prose=not prose)).counts
    never = np.flatnonzero((ranks.counts == 0) & token_table(ref, store=store).has_token)
    probe, number = (spearmanr(by, unseen[never]).statistic for by in (ranks.score[never], -never))
    assert len(never) > 27_000 and (unseen[never] > 0).sum() > 7_000
    assert probe >= least and probe - number >= 0.08
