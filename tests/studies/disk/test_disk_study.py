"""From a model to a layout: ranks, what is stored, neighbours of a token, and the families of meaning."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError, Stopped
from hypviz.geometry import PolarPoints, polar_distance
from hypviz.layout import centred_units, measure_quality, true_neighbours
from hypviz.models import count_tokens, read_embeddings, read_token_table, resolve
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.problems.taxonomy import category_by_word
from hypviz.records.layout import ROW_ORDER, TOKEN_ID_ORDER
from hypviz.records.specs.disk import DEFAULT_METHOD, LayoutSpec, ModelRows
from hypviz.studies.disk import BASIS, LAYOUT, at_radius, lay_out, layout_rows, matrix_rows, n_looked_at, token_neighbours
from hypviz.studies.disk import layout as laying
from hypviz.studies.disk import neighbours as looking
from hypviz.studies.disk.building import looked_at
from hypviz.studies.disk.pair import layout_pair
from hypviz.studies.disk.view import disk_view
from hypviz.studies.tokens import row_norms
from hypviz.words.disk import quality_sentence
from hypviz.work import Work
from tests.checkpoints import PADDING_ROWS, SENTENCES
from tests.watching import Watcher


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_bytes("\n".join(SENTENCES).encode("utf-8"), "sentences.txt")


@pytest.fixture
def ref(tiny_llama):
    return resolve(str(tiny_llama))


@pytest.fixture
def spec(ref, corpus):
    """The tiny model's input rows, ranked by the sentences, laid out by rank where nothing else is said."""

    def make(**changed) -> LayoutSpec:
        rows = ModelRows(model=ref, table=changed.pop("table", "input"))
        return LayoutSpec(**({"rows": rows, "counts": corpus, "method": "dendrogram"} | changed))

    return make


def test_ranks_follow_the_counts_and_uncounted_tokens_lie_beyond(spec, ref, corpus):
    layout = lay_out(spec()).record
    counts = count_tokens(ref, corpus).counts
    assert sorted(layout.token_ids.tolist()) == list(range(len(counts) - PADDING_ROWS)) and layout.n_without_token == PADDING_ROWS
    assert layout.counts.tolist() == counts[layout.token_ids].tolist() == sorted(counts[:-PADDING_ROWS], reverse=True)
    assert (np.diff(layout.rho) > 0).all() and layout.rho[0] == 0 and layout.rho[-1] == pytest.approx(4.0)
    assert layout.n_uncounted == (layout.counts == 0).sum() > 0
    assert layout.radius_source == "sentences.txt" and layout.n_clipped == 0


def test_without_a_corpus_the_token_id_is_the_labelled_proxy(spec):
    layout = lay_out(spec(counts=None, n_tokens=50)).record
    assert layout.token_ids.tolist() == list(range(50))
    assert layout.radius_source == TOKEN_ID_ORDER and layout.n_uncounted == 50


def test_only_the_most_frequent(spec):
    whole, some = lay_out(spec()).record, lay_out(spec(n_tokens=30)).record
    assert some.token_ids.tolist() == whole.token_ids[:30].tolist()


def test_another_radius_keeps_the_angles_and_lays_out_nothing_again(spec, monkeypatch):
    first = lay_out(spec(radius=4.0))
    monkeypatch.setattr(laying, "build_basis", lambda *a, **b: pytest.fail("the basis was computed again"))
    second = lay_out(spec(radius=6.0))
    assert second.record.theta.tolist() == first.record.theta.tolist()
    assert np.allclose(second.record.rho, 1.5 * first.record.rho)
    again = lay_out(spec(radius=4.0))
    assert again.from_store and not second.from_store and again.record.quality == first.record.quality


def test_ranks_of_a_large_vocabulary_are_looked_at_in_a_sample_but_neighbours_of_every_token(spec, monkeypatch):
    whole = lay_out(spec()).record
    layout = lay_out(spec(measure_all=100, sampled=40)).record
    assert layout.kept.tolist() == whole.kept.tolist() and len(layout.kept) == len(layout.token_ids)
    assert layout.quality.n_queries == 40 < layout.quality.n_tokens == whole.quality.n_queries
    assert layout.quality.neighbours_kept_at_10 == whole.quality.neighbours_kept_at_10
    assert "on a sample of 40 tokens (seed 0): trustworthiness" in quality_sentence(layout) and "sample" not in quality_sentence(whole)


def test_how_many_ranks_are_looked_at_is_known_beforehand(spec):
    asked = spec(measure_all=10_000, sampled=1_000)
    for n, width, expected in ((900, 8192, 900), (10_000, 576, 10_000), (5_000, 4096, 1_000), (10_001, 32, 1_000), (5_000, 2048, 5_000)):
        assert n_looked_at(n, asked, width=width) == len(looked_at(n, 0, asked, width=width)) == expected


def test_true_neighbours_are_found_once_for_every_method_radius_and_count(spec, ref, monkeypatch):
    lay_out(spec())
    monkeypatch.setattr(looking, "true_neighbours", lambda *a, **b: pytest.fail("they were looked for again"))
    for changed in ({"method": "pca"}, {"radius": 6.0}, {"counts": None}):
        layout = lay_out(spec(**changed)).record
        units = centred_units(read_embeddings(ref).values[layout.token_ids]).rows
        truth = true_neighbours(units, depths=(10,))
        points = PolarPoints(rho=layout.rho, theta=layout.theta)
        found = measure_quality(units, points, truth, layout.counts, norms=np.ones(len(units)), seed=0)
        assert found.kept.tolist() == layout.kept.tolist() and found.quality.kept_by_chance == layout.quality.kept_by_chance


def test_wrong_choices_are_sentences(spec):
    for choice, word in (
        ({"method": "tsne"}, "no layout method"),
        ({"pull": 0.5}, "cannot be told how much frequency decides; leave that at 0, or choose planar-sne"),
        ({"method": "planar-sne", "pull": 1.5}, "frequency must be a number from 0 to 1"),
        ({"n_tokens": 0}, "tokens must be a whole number from 2"),
        ({"n_tokens": 10**26}, "tokens must be a whole number from 2 to 100,000,000"),
        ({"seed": 10**26}, "seed must be a whole number"),
        ({"radius": 0.0}, r"radius must be a number from 0\.1 to 50"),
    ):
        with pytest.raises(HypvizError, match=word):
            lay_out(spec(**choice))


def test_a_bare_matrix_is_laid_out_as_the_model_it_comes_from(spec, ref, corpus, tmp_path):
    """Their most frequent tokens, all of them counted: of a matrix nobody knows which tokens no text can hold."""
    rows, counts = read_embeddings(ref).values[:-PADDING_ROWS], count_tokens(ref, corpus).counts[:-PADDING_ROWS]
    np.save(tmp_path / "rows.npy", rows)
    (tmp_path / "counts.txt").write_text("".join(f"{count}\n" for count in counts), encoding="utf-8")
    matrix = read_bare_matrix(tmp_path / "rows.npy", counts_file=tmp_path / "counts.txt")
    n = int((counts > 0).sum())
    bare, model = (
        lay_out(asked).record for asked in (LayoutSpec(rows=matrix_rows(matrix), n_tokens=n), spec(method=DEFAULT_METHOD, n_tokens=n))
    )
    assert bare.theta.tolist() == model.theta.tolist() and bare.rho.tolist() == model.rho.tolist() and bare.quality == model.quality
    assert (bare.n_without_token, model.n_without_token) == (0, PADDING_ROWS)
    assert (bare.radius_source, bare.provenance.model) == ("counts.txt", "rows.npy")
    assert lay_out(LayoutSpec(rows=matrix_rows(matrix), n_tokens=n)).from_store
    unranked = read_bare_matrix(tmp_path / "rows.npy")
    layout = lay_out(LayoutSpec(rows=matrix_rows(unranked), n_tokens=20))
    assert layout.record.token_ids.tolist() == list(range(20)) and layout.record.radius_source == ROW_ORDER and not layout.from_store
    assert layout.record.quality.radius_count_spearman is None and layout.record.cpu_seconds >= 0.0


@pytest.mark.parametrize(
    ("rows", "word"), [(np.ones((1, 4)), "at least 2 tokens"), (np.full((30, 4), 2.5), "All 30 rows of rows.npy are equal")]
)
def test_rows_that_have_no_neighbours_get_a_sentence_and_no_score(tmp_path, rows, word):
    np.save(tmp_path / "rows.npy", rows.astype(np.float32))
    with pytest.raises(HypvizError, match=word):
        lay_out(LayoutSpec(rows=matrix_rows(read_bare_matrix(tmp_path / "rows.npy"))))


def test_the_output_table_has_a_layout_of_its_own_over_the_same_tokens(spec, ref):
    first, second = lay_out(spec()).record, lay_out(spec(table="output")).record
    assert (first.table, second.table) == ("input", "output") and first.token_ids.tolist() == second.token_ids.tolist()
    assert first.theta.tolist() != second.theta.tolist()
    head = read_embeddings(ref, output=True)
    found = token_neighbours(layout_rows(head, second), second, 3)
    assert found.in_disk.sum() == second.kept[3]
    assert np.allclose(row_norms(ref, table="output"), np.linalg.norm(head.values, axis=1))
    assert (row_norms(ref) != row_norms(ref, table="output")).any()
    assert "of the output table" in layout_pair(first, second).title
    with pytest.raises(HypvizError, match="no embedding table 'both'"):
        lay_out(spec(table="both"))


def test_a_stopped_layout_is_kept_under_its_rounds_and_not_taken_for_the_finished_one(spec):
    watcher, chosen = Watcher(), spec(method="frequency-umap")
    far = Work(on_report=watcher.report, asked_to_stop=lambda: max(watcher.shares, default=0.0) > 0.5)
    stopped = lay_out(chosen, far)
    assert 0 < stopped.record.n_rounds_done < stopped.record.n_rounds and not stopped.from_store
    assert stopped.record.quality.n_tokens == len(stopped.record.rho) and np.isfinite(stopped.record.rho).all()
    part = BASIS.stored_part(chosen.basis)
    assert part is not None and part.shape.n_rounds_done == stopped.record.n_rounds_done and LAYOUT.stored(chosen) is None
    finished = lay_out(chosen)
    assert finished.record.n_rounds_done == finished.record.n_rounds and finished.key != stopped.key
    assert lay_out(chosen, Watcher(stop_at=1)).from_store
    with pytest.raises(Stopped):
        lay_out(spec(method="frequency-umap", n_tokens=100), Watcher(stop_at=1))


def test_neighbours_of_a_token_agree_with_the_measured_ones(spec, ref):
    rows, chosen = read_embeddings(ref), spec(radius=5.0)
    layout = at_radius(chosen, BASIS.get(chosen.basis)).record
    truth = true_neighbours(centred_units(rows.values[layout.token_ids]).rows, depths=(10,))
    for row in (0, 7, 100):
        found = token_neighbours(layout_rows(rows, layout), layout, row)
        assert found.nearest.tolist() == truth.nearest[row].tolist()
        assert found.in_disk.sum() == layout.kept[row]
        assert (np.diff(found.cosine) <= 1e-6).all() and found.cosine.max() <= 1.0 + 1e-12
        assert found.distance[0] == pytest.approx(
            polar_distance(
                layout.rho[row : row + 1],
                layout.theta[row : row + 1],
                to_rho=layout.rho[found.nearest[0]],
                to_theta=layout.theta[found.nearest[0]],
            )[0]
        )


def test_the_taxonomys_colours_find_words_in_any_form_and_count_their_families(spec, ref):
    layout, table, rows = lay_out(spec()).record, read_token_table(ref), read_embeddings(ref)
    colour = disk_view(layout, table, np.linalg.norm(rows.values, axis=1), colour="taxonomy").colour
    words = [table.text[i].strip().lower() for i in layout.token_ids]
    assert {w for w, v in zip(words, colour.values, strict=True) if np.isfinite(v)} == set(words) & set(category_by_word())
    own = {c: np.flatnonzero(colour.values == c) for c in np.unique(colour.values[np.isfinite(colour.values)])}
    for code, row in zip(own, colour.middles, strict=True):
        far = [
            polar_distance(layout.rho[own[code]], layout.theta[own[code]], to_rho=layout.rho[i], to_theta=layout.theta[i]).sum()
            for i in own[code]
        ]
        assert row == own[code][int(np.argmin(far))]
    same, chance = [], []
    for rows_of in own.values():
        for i in rows_of:
            d = polar_distance(layout.rho, layout.theta, to_rho=layout.rho[i], to_theta=layout.theta[i])
            d[i] = np.inf
            same.append(np.isin(np.argsort(d)[:10], rows_of).mean())
            chance.append((len(rows_of) - 1) / (len(words) - 1))
    title = disk_view(layout, table, np.linalg.norm(rows.values, axis=1), colour="taxonomy").title
    assert (
        f", {100 * np.mean(same):.0f} % on average are of its own category ({100 * np.mean(chance):.1f} % by chance; {len(same)} words)"
        in title
    )
