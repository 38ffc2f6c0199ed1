"""Test whether depth in a taxonomy predicts the norm of a model's input embeddings once frequency and length are held fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from hypviz.errors import HypvizError
from hypviz.frequency import row_norms
from hypviz.models import read_embeddings, read_token_table
from hypviz.records.hierarchy import FREQUENCY, LENGTH, DepthTest, HierarchyTest
from hypviz.records.models import ModelRef
from hypviz.records.specs.hierarchy import HierarchySpec
from hypviz.statistics.partial_rank import partial_rank_correlation
from hypviz.studies.counts import CountSource, token_counts
from hypviz.studies.counts import estimated_seconds as counting_seconds
from hypviz.studies.frame import Sitting, Study
from hypviz.vocabulary.taxonomies import BUNDLED, Taxonomy, bundled_taxonomy, parse_edges, spelled_by_one_token, taxonomy_from_edges
from hypviz.work import Work

N_PERMUTATIONS = 2000
FEWEST_WORDS = 12
COUNTING, PERMUTING = 0.4, 0.1  # shares of the progress: all counts, and each of six tests


def hierarchy_spec(
    model: ModelRef, counts: CountSource, *, edges: str | None = None, edges_name: str = BUNDLED, seed: int = 0
) -> HierarchySpec:
    """The question about the edge list `edges` (None: the bundled taxonomy), called `edges_name`; `HypvizError` for no hierarchy."""
    taxonomy = bundled_taxonomy() if edges is None else taxonomy_from_edges(parse_edges(edges, edges_name), edges_name)
    return HierarchySpec(model=model, counts=counts, taxonomy=taxonomy, seed=seed)


def estimated_seconds(counts: CountSource) -> float:
    """A rough guess: reading the model, counting, and the permutations of a few hundred words."""
    return 4 + counting_seconds(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Depth, norm, count and length of the same words."""

    depth: Int64[np.ndarray, " n"]
    norm: Float64[np.ndarray, " n"]
    count: Int64[np.ndarray, " n"]
    length: Int64[np.ndarray, " n"]

    def where(self, there: np.ndarray) -> _Words:
        """Those that a mask (n,) names."""
        return _Words(depth=self.depth[there], norm=self.norm[there], count=self.count[there], length=self.length[there])


def _measure(spec: HierarchySpec, sitting: Sitting[HierarchyTest]) -> HierarchyTest:
    taxonomy, work, ref = spec.taxonomy, sitting.work, spec.model
    assert isinstance(taxonomy, Taxonomy)
    counted = token_counts(ref, spec.counts, store=sitting.store, work=work.part(COUNTING, "counting tokens"))
    table, embeddings = read_token_table(ref), read_embeddings(ref)
    found = spelled_by_one_token(taxonomy, table.text, ~table.is_special, counted.counts)
    word, depth = tuple(taxonomy.words[i] for i in found.row), taxonomy.depth[found.row]
    _refuse_too_few(depth, ref, taxonomy.name)
    words = _Words(
        depth=depth,
        norm=row_norms(embeddings.values[found.token_id]),
        count=counted.counts[found.token_id],
        length=np.array([len(w) for w in word], dtype=np.int64),
    )
    depth_value, n_at_depth = np.unique(depth, return_counts=True)
    return HierarchyTest(
        taxonomy=taxonomy.name,
        corpus=spec.counts.name,
        source=counted.source,
        n_skipped=spec.counts.n_skipped,
        tensor_name=embeddings.tensor_name,
        n_edges=taxonomy.n_edges,
        n_several_parents=taxonomy.n_several_parents,
        n_words=len(word),
        n_not_single=found.n_not_single,
        n_uncounted=int((words.count == 0).sum()),
        word=word,
        text=tuple(table.text[i] for i in found.token_id),
        token_id=found.token_id,
        depth=depth,
        norm=words.norm,
        count=words.count,
        length=words.length,
        depth_value=depth_value,
        n_at_depth=n_at_depth,
        **_tests(words, spec.seed, work),
        provenance=sitting.provenance(ref, seed=spec.seed),
    )


def _tests(words: _Words, seed: int, work: Work) -> dict[str, DepthTest | None]:
    counted = words.where(words.count > 0)
    plan: dict[str, tuple[_Words, tuple[str, ...]]] = {
        "marginal": (words, ()),
        "length_fixed": (words, (LENGTH,)),
        "counted_marginal": (counted, ()),
        "frequency_fixed": (counted, (FREQUENCY,)),
        "partial": (counted, (FREQUENCY, LENGTH)),
        "uncounted": (words.where(words.count == 0), (LENGTH,)),
    }
    parts = {name: work.part(PERMUTING, "permuting words") for name in plan}
    return {name: _test(chosen, held, seed, parts[name]) if _enough(chosen.depth) else None for name, (chosen, held) in plan.items()}


def _test(words: _Words, held: Sequence[str], seed: int, work: Work) -> DepthTest | None:
    columns = {FREQUENCY: np.log(np.maximum(words.count, 1)), LENGTH: words.length.astype(np.float64)}
    matrix = np.stack([columns[name] for name in held], axis=1) if held else np.empty((words.depth.size, 0))
    found = partial_rank_correlation(
        words.depth,
        words.norm,
        matrix,
        seed=seed,
        n_permutations=N_PERMUTATIONS,
        work=work,
    )
    if found is None:
        return None
    return DepthTest(held=tuple(held), value=found.value, p=found.p, chance=found.chance, n=found.n, n_permutations=found.n_permutations)


def _enough(depth: np.ndarray) -> bool:
    return depth.size >= FEWEST_WORDS and np.unique(depth).size > 1


def _refuse_too_few(depth: np.ndarray, ref: ModelRef, name: str) -> None:
    what_next = f"upload a longer edge list, of words that are single tokens of {ref.label}, or choose a model with a larger vocabulary."
    if depth.size < FEWEST_WORDS:
        raise HypvizError(
            f"Only {depth.size} words of {name} are a single token of {ref.label}, and the test needs {FEWEST_WORDS}; {what_next}"
        )
    if not _enough(depth):
        raise HypvizError(
            f"All {depth.size} words of {name} that are a single token of {ref.label} lie at depth {depth[0]}, so there are no depths to "
            f"compare; {what_next}"
        )


HIERARCHY: Study[HierarchySpec, HierarchyTest] = Study(
    kind="hierarchy",
    record=HierarchyTest,
    algorithm=2,
    measure=_measure,
    libraries=lambda spec: ("numpy", "transformers"),
)
