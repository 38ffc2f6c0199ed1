"""Test whether depth in a taxonomy predicts the norm of a model's input embeddings once frequency and length are held fixed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records import Provenance
from hypviz.records.hierarchy import FREQUENCY, LENGTH, DepthTest, HierarchyTest
from hypviz.records.models import ModelRef
from hypviz.statistics.partial_rank import partial_rank_correlation
from hypviz.statistics.rows import row_norms
from hypviz.store import Lookup, Store
from hypviz.studies.counts import CountSource, source_key, token_counts
from hypviz.studies.counts import estimated_seconds as counting_seconds
from hypviz.vocabulary.taxonomies import Taxonomy, bundled_taxonomy, parse_edges, spelled_by_one_token, taxonomy_from_edges
from hypviz.work import Work

ALGORITHM = 2
N_PERMUTATIONS = 2000
FEWEST_WORDS = 12
BUNDLED = "bundled taxonomy"
Progress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def hierarchy_test(
    ref: ModelRef,
    corpus: CountSource,
    *,
    edges: str | None = None,
    edges_name: str = BUNDLED,
    seed: int = 0,
    store: Store | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Lookup[HierarchyTest]:
    """The stored or computed record for the edge list `edges` (None: the bundled taxonomy), called `edges_name`.

    `progress(done, total, text)` counts thousandths. Raises `HypvizError` for an edge list that is no hierarchy and for fewer
    than `FEWEST_WORDS` usable words or a single depth, and `Stopped`.
    """
    taxonomy = bundled_taxonomy() if edges is None else taxonomy_from_edges(parse_edges(edges, edges_name), edges_name)
    versions = {name: version(name) for name in ("numpy", "transformers")}
    spec = {
        "model": ref.fingerprint,
        "corpus": {**source_key(corpus), "skipped": corpus.n_skipped},
        "taxonomy": {"name": edges_name, "words": _fingerprint(taxonomy)},
        "permutations": N_PERMUTATIONS,
        "seed": seed,
        "algorithm": ALGORITHM,
        "versions": versions,
    }
    told = progress if progress is not None else _nobody
    return (store or Store()).load_or_compute(
        "hierarchy", spec, HierarchyTest, lambda: _measure(ref, corpus, taxonomy, edges_name, seed, versions, told, should_stop)
    )


def estimated_seconds(corpus: CountSource) -> float:
    """A rough guess: reading the model, counting, and the permutations of a few hundred words."""
    return 4 + counting_seconds(corpus)


def _measure(
    ref: ModelRef,
    corpus: CountSource,
    taxonomy: Taxonomy,
    name: str,
    seed: int,
    versions: dict[str, str],
    progress: Progress,
    should_stop: ShouldStop | None,
) -> HierarchyTest:
    from hypviz.models import read_embeddings, read_token_table

    start = time.monotonic()
    counting = _part(progress, 0, 400, "counting tokens")
    told = Work(on_report=lambda done, total, _: counting(int(done), int(total)), asked_to_stop=should_stop)
    counted = token_counts(ref, corpus, work=told)
    counts = counted.counts
    table, embeddings = read_token_table(ref), read_embeddings(ref)
    found = spelled_by_one_token(taxonomy, table.text, ~table.is_special, counts)
    word, depth, tokens = tuple(taxonomy.words[i] for i in found.row), taxonomy.depth[found.row], found.token_id
    _refuse_too_few(depth, ref, name)
    words = _Words(
        depth=depth,
        norm=row_norms(embeddings.values[tokens]),
        count=counts[tokens],
        length=np.array([len(w) for w in word], dtype=np.int64),
    )
    depth_value, n_at_depth = np.unique(depth, return_counts=True)
    return HierarchyTest(
        taxonomy=name,
        corpus=corpus.name,
        source=counted.source,
        n_skipped=corpus.n_skipped,
        tensor_name=embeddings.tensor_name,
        n_edges=taxonomy.n_edges,
        n_several_parents=taxonomy.n_several_parents,
        n_words=len(word),
        n_not_single=found.n_not_single,
        n_uncounted=int((words.count == 0).sum()),
        word=word,
        text=tuple(table.text[i] for i in tokens),
        token_id=tokens,
        depth=depth,
        norm=words.norm,
        count=words.count,
        length=words.length,
        depth_value=depth_value,
        n_at_depth=n_at_depth,
        **_tests(words, seed, progress, should_stop),
        provenance=Provenance(
            model=ref.label, revision=ref.revision or ref.fingerprint, seed=seed, versions=versions, seconds=time.monotonic() - start
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Depth, norm, count and length of the same words, each (n,)."""

    depth: np.ndarray
    norm: np.ndarray
    count: np.ndarray
    length: np.ndarray

    def where(self, there: np.ndarray) -> _Words:
        """Those that a mask (n,) names."""
        return _Words(depth=self.depth[there], norm=self.norm[there], count=self.count[there], length=self.length[there])


def _tests(words: _Words, seed: int, progress: Progress, should_stop: ShouldStop | None) -> dict[str, DepthTest | None]:
    counted = words.where(words.count > 0)
    plan: dict[str, tuple[_Words, tuple[str, ...]]] = {
        "marginal": (words, ()),
        "length_fixed": (words, (LENGTH,)),
        "counted_marginal": (counted, ()),
        "frequency_fixed": (counted, (FREQUENCY,)),
        "partial": (counted, (FREQUENCY, LENGTH)),
        "uncounted": (words.where(words.count == 0), (LENGTH,)),
    }
    found: dict[str, DepthTest | None] = {}
    for i, (name, (chosen, held)) in enumerate(plan.items()):
        told = _part(progress, 400 + 100 * i, 100, "permuting words")
        found[name] = _test(chosen, held, seed, told, should_stop) if _enough(chosen.depth) else None
    return found


def _test(
    words: _Words, held: Sequence[str], seed: int, progress: Callable[[int, int], None], should_stop: ShouldStop | None
) -> DepthTest | None:
    columns = {FREQUENCY: np.log(np.maximum(words.count, 1)), LENGTH: words.length.astype(np.float64)}
    matrix = np.stack([columns[name] for name in held], axis=1) if held else np.empty((words.depth.size, 0))
    work = Work(on_report=lambda done, total, _: progress(int(done), int(total)), asked_to_stop=should_stop)
    found = partial_rank_correlation(words.depth, words.norm, matrix, seed=seed, n_permutations=N_PERMUTATIONS, work=work)
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


def _fingerprint(taxonomy: Taxonomy) -> str:
    """sha256 of what the test uses of a taxonomy, so that comments and spaces in an edge list make no difference."""
    content = [list(taxonomy.words), taxonomy.depth.tolist(), taxonomy.n_edges, taxonomy.n_several_parents]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def _part(progress: Progress, start: int, size: int, text: str) -> Callable[[int, int], None]:
    """A callback that maps (done, total) to the thousandths from `start` to `start + size`."""
    return lambda done, total: progress(start + round(size * done / max(total, 1)), 1000, text)


def _nobody(done: int, total: int, text: str) -> None:
    """The progress of a caller that asked for none."""
