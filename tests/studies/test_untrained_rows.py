"""Rows that were never trained are found in each table, left out of what is measured, counted, named, and taken in where that is asked."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz.corpora import corpus_from_bytes
from hypviz.models import resolve
from hypviz.records.layout import LayoutBasis
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import LayoutSpec, MatrixRows, ModelRows
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.records.texts import Corpus
from hypviz.studies.disk import BASIS, LAYOUT, lay_out
from hypviz.studies.disk.play import table_play
from hypviz.studies.frequency import FREQUENCY
from hypviz.studies.untrained import tables_of, taking_part, untrained_rows
from hypviz.studies.vocabulary_delta import VOCABULARY, vocabulary_spec
from hypviz.words.disk import how_it_was_made
from hypviz.words.frequency import counts_sentence
from hypviz.words.untrained import reason_words, untrained_sentences
from tests.checkpoints import SENTENCES
from tests.models.checkpoint.test_embeddings import rewrite

TOKENS, PAD = 400, 2
ALIKE, COUNTED = range(150, 170), 300  # rows in one place, of which one occurs in the texts; a zero row that occurs there


@pytest.fixture(scope="module")
def ref(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """The tiny Llama with rows never trained: in the input table zeros and rows in one place, in the output table fewer of these."""

    def change(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        first, second = state["model.embed_tokens.weight"], state["lm_head.weight"]
        first[[PAD, COUNTED]] = 0
        first[list(ALIKE)], second[list(ALIKE)[:10]] = first[ALIKE[0]].clone(), second[ALIKE[0]].clone()
        second[5:11] = second[ALIKE[0]]
        return state

    return resolve(str(rewrite(tiny_llama, tmp_path_factory.mktemp("untrained") / "model", change)))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_from_bytes("\n".join(SENTENCES).encode("utf-8"), "sentences.txt")


def _asked(ref: ModelRef, **changed: object) -> LayoutSpec:
    return LayoutSpec(**({"rows": ModelRows(model=ref), "counts": None, "method": "pca"} | changed))


def test_each_table_is_judged_by_itself(ref: ModelRef) -> None:
    first, second = untrained_rows(ref), untrained_rows(ref, table="output")
    assert first.ids.tolist() == [PAD, *ALIKE, COUNTED] and second.ids.tolist() == [*range(5, 11), *list(ALIKE)[:10]]
    assert [reason_words(first, place) for place in (0, 1)] == ["all zero", "equal to 19 others"]
    (said,) = untrained_sentences(first, lambda i: f"#{i}")
    assert said.startswith(
        "Rows of the input table that were never trained, as far as rows tell: 2 all zero (“#2”, “#300”) and 20 equal to "
    )
    assert said.endswith("others (“#150”, “#151”, “#152”, …).")
    assert "taken in" in untrained_sentences(first, str, taken_in=True)[-1]
    assert "Q4_1" in untrained_sentences(first, str, quantised="Q4_1")[-1]


def test_the_disk_leaves_them_out_unless_they_are_asked_for(ref: ModelRef) -> None:
    found, taken_in = lay_out(_asked(ref)).record, lay_out(_asked(ref, untrained=True)).record
    assert sorted(found.token_ids.tolist()) == [i for i in range(TOKENS) if i not in {PAD, *ALIKE, COUNTED}]
    assert (found.n_untrained, taken_in.n_untrained, len(taken_in.token_ids)) == (22, 0, TOKENS)
    assert found.n_without_token == taken_in.n_without_token == 5
    assert "22 tokens whose rows were never trained are left out." in how_it_was_made(found)
    assert not any("never trained" in line for line in how_it_was_made(taken_in))


def test_two_tables_side_by_side_hold_the_tokens_that_are_trained_in_both(ref: ModelRef) -> None:
    first = _asked(ref, both_tables=True)
    second = dataclasses.replace(first, rows=ModelRows(model=ref, table="output"))
    both = [lay_out(spec).record.token_ids for spec in (first, second)]
    assert np.array_equal(np.sort(both[0]), np.sort(both[1])) and len(both[0]) == TOKENS - 22 - 6
    assert table_play(_asked(ref), ref).first == first.basis
    assert tables_of(first) == ("input", "output") and tables_of(_asked(ref)) == ("input",)


def test_frequency_and_norm_leave_them_out(ref: ModelRef, corpus: Corpus) -> None:
    spec = FrequencySpec(model=ref, source=corpus, resamples=20)
    found, taken_in = (FREQUENCY.get(dataclasses.replace(spec, untrained=untrained)).record for untrained in (False, True))
    lost = set(taken_in.token_id.tolist()) - set(found.token_id.tolist())
    assert lost and lost <= {*ALIKE, COUNTED} and found.n_untrained_counted == len(lost)
    assert (found.n_untrained, taken_in.n_untrained) == (21, 0) and taken_in.n_countable - found.n_countable == 21
    assert taken_in.norm.min() == 0 < found.norm.min()
    assert f"21 others whose rows were never trained left out, of which {len(lost)} occur there" in counts_sentence(found)


def test_the_sample_of_the_vocabulary_is_of_trained_tokens(ref: ModelRef) -> None:
    part = taking_part(ref, ("input",), untrained=False)
    assert part.n_untrained == 22 and int(part.rows.sum()) == TOKENS - 22
    small = VOCABULARY.get(vocabulary_spec(ref, n_points=12, nulls=(), seed=1)).record
    assert (small.n_vocabulary, small.n_untrained) == (TOKENS - 22, 22)
    assert VOCABULARY.get(vocabulary_spec(ref, n_points=12, nulls=(), seed=1, untrained=True)).record.n_vocabulary == TOKENS


def test_the_choice_is_part_of_the_question_and_taking_in_is_what_was_asked_before(ref: ModelRef, corpus: Corpus) -> None:
    matrix = MatrixRows(values=np.zeros((4, 2), dtype=np.float32), counts=None, label="m", counts_label=None, fingerprint="f")
    for spec in (_asked(ref), _asked(ref).basis, FrequencySpec(model=ref, source=corpus), vocabulary_spec(ref)):
        asked = dataclasses.replace(spec, untrained=True)
        assert spec.identity["untrained"] is False and "untrained" not in asked.identity and "both_tables" not in asked.identity
        assert set(spec.identity) - set(asked.identity) <= {"untrained", "both_tables"}
    assert "untrained" not in _asked(ref, rows=matrix).identity and "untrained" not in _asked(ref, rows=matrix).basis.identity
    assert FrequencySpec.from_address({"untrained": "yes"}, model=ref, source=corpus).untrained
    assert vocabulary_spec(ref, untrained=True).to_address()["untrained"] == "yes"


def test_equal_and_zero_rows_of_a_bare_matrix_are_data() -> None:
    values = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
    values[:10], values[10:20] = 0.0, values[10]
    rows = MatrixRows(values=values, counts=None, label="m", counts_label=None, fingerprint="zeros")
    spec = LayoutSpec(rows=rows, method="pca")
    assert len(lay_out(spec).record.token_ids) == 60 and tables_of(spec) == ()


def test_records_of_earlier_versions_open_and_answer_with_all_rows_taken_in(ref: ModelRef) -> None:
    basis = BASIS.get(_asked(ref, untrained=True).basis).record
    old = json.loads(basis.to_json())
    del old["n_untrained"]
    assert LayoutBasis.from_json(json.dumps(old)).n_untrained == 0
    assert BASIS.key(_asked(ref).basis) != BASIS.key(_asked(ref, untrained=True).basis)
    assert LAYOUT.key(_asked(ref)) != LAYOUT.key(_asked(ref, both_tables=True))


def test_of_first_rows_it_is_said_that_only_these_are_judged(ref: ModelRef) -> None:
    cut = dataclasses.replace(untrained_rows(ref), n_whole=128_256)
    assert "Judged are the 400 tokens that were read, of 128,256 rows." in untrained_sentences(cut, str)
