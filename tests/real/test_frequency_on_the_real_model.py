"""Frequency and norm on a real model, recomputed here from its files, the word table and scipy, with none of the project's statistics."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from hypviz.corpora import read_corpus
from hypviz.corpora.general import general_words
from hypviz.models import resolve
from hypviz.records.frequency import FrequencyNorm
from hypviz.records.hierarchy import HierarchyTest
from hypviz.records.models import ModelRef
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.store import Store
from hypviz.studies.counts import default_source, token_counts
from hypviz.studies.disk import lay_out
from hypviz.studies.frequency import FREQUENCY
from hypviz.studies.hierarchy import HIERARCHY, hierarchy_spec
from hypviz.words.disk import disk_finding
from hypviz.words.frequency import groups_finding, norm_finding
from hypviz.words.hierarchy import hierarchy_finding


@pytest.fixture(scope="module")
def ref(real_model: Path) -> ModelRef:
    return resolve(str(real_model))


@pytest.fixture(scope="module")
def own(real_model: Path) -> tuple[np.ndarray, np.ndarray]:
    """Counts by the tokenizer's own library over the table's words, joined to lines, and norms of the rows in the file."""
    import torch
    from safetensors import safe_open
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(real_model / "tokenizer.json"))
    with safe_open(real_model / "model.safetensors", framework="pt") as file:
        rows = file.get_tensor("model.embed_tokens.weight").to(torch.float64)
    table = general_words()
    counts = np.zeros(len(rows), dtype=np.int64)
    for form, n in zip(table.forms, table.counts.tolist(), strict=True):  # byte-level: a word with its space is a word of its own
        np.add.at(counts, tokenizer.encode(form, add_special_tokens=False).ids, n)
    return counts, rows.norm(dim=1).numpy()


@pytest.fixture(scope="module")
def record(ref: ModelRef, tmp_path_factory: pytest.TempPathFactory) -> FrequencyNorm:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(tmp_path_factory.mktemp("frequency")))
        return FREQUENCY.get(FrequencySpec(model=ref, source=default_source(ref))).record


def test_tens_of_thousands_of_its_tokens_are_counted(record: FrequencyNorm, own: tuple[np.ndarray, np.ndarray]) -> None:
    counts, norms = own
    assert record.token_id.tolist() == np.flatnonzero(counts).tolist() and (record.count == counts[counts > 0]).all()
    assert record.norm == pytest.approx(norms[counts > 0], rel=1e-6)
    assert record.n_distinct > 25_000 and record.n_countable > 49_000 and record.n_unplaced == 0
    assert "general table" in record.source and record.text[int(np.argmax(record.count))] == " the"


def test_the_title_sees_the_u_and_does_not_call_it_the_papers(record: FrequencyNorm, own: tuple[np.ndarray, np.ndarray]) -> None:
    counts, norms = own
    there = counts > 0
    said = norm_finding(record)
    found = re.fullmatch(
        r"Norms fall with frequency up to about ([\d,]+) occurrences \(−(0\.\d\d)\), then rise \(\+(0\.\d\d) among the tokens that make "
        r"(\d\d) % of the text\); −(0\.\d\d) over all; the paper's four token groups do not keep its order; "
        r"([\d,]+) of ([\d,]+) tokens were counted \((\d\d) %\)",
        said,
    )
    assert found is not None, said
    at = int(found[1].replace(",", ""))
    low, high = there & (counts <= at), counts > at
    assert spearmanr(counts[low], norms[low]).statistic == pytest.approx(-float(found[2]), abs=0.0051)
    assert spearmanr(counts[high], norms[high]).statistic == pytest.approx(float(found[3]), abs=0.0051)
    assert counts[high].sum() / counts.sum() == pytest.approx(int(found[4]) / 100, abs=0.0051)
    assert spearmanr(counts[there], norms[there]).statistic == pytest.approx(-float(found[5]), abs=0.0051)
    assert int(found[6].replace(",", "")) == there.sum()
    assert "do not keep its order" in groups_finding(record)


def test_depth_is_tested_at_equal_frequency_over_counted_words_only(ref: ModelRef) -> None:
    def by_hand(found: HierarchyTest) -> float:
        there = found.count > 0
        held = np.column_stack([np.ones(there.sum()), rankdata(found.count[there]), rankdata(found.length[there])])
        rest = [r - held @ np.linalg.lstsq(held, r, rcond=None)[0] for r in (rankdata(found.depth[there]), rankdata(found.norm[there]))]
        return float(np.corrcoef(*rest)[0, 1])

    problems = HIERARCHY.get(hierarchy_spec(ref, read_corpus("bundled"))).record
    assert by_hand(problems) == pytest.approx(problems.partial.value, abs=1e-6) and round(problems.partial.value, 3) == 0.377
    assert "among the 112 counted words" in hierarchy_finding(problems) and "132 of 244 words were never" in hierarchy_finding(problems)
    general = HIERARCHY.get(hierarchy_spec(ref, default_source(ref))).record
    assert by_hand(general) == pytest.approx(general.partial.value, abs=1e-6) and general.n_counted > 230


@pytest.mark.slow
def test_the_middle_of_the_disk_holds_ordinary_words(ref: ModelRef, tmp_path: Path) -> None:
    layout = lay_out(LayoutSpec(rows=ModelRows(model=ref), counts=default_source(ref), method="pca", n_tokens=300)).record
    counts = token_counts(ref, default_source(ref), store=Store(tmp_path)).counts
    assert layout.n_uncounted == 0 and layout.token_ids[0] == int(np.argmax(counts)) and "counted" not in disk_finding(layout)
    problems = lay_out(LayoutSpec(rows=ModelRows(model=ref), counts=read_corpus("bundled"), method="pca", n_tokens=2000)).record
    said = disk_finding(problems)
    assert "; only 546 tokens were counted (27 %), the others follow as a ridge probe of row, norm and number predicts" in said
