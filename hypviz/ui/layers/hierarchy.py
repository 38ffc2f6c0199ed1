"""The hierarchy test on a page: which taxonomy and which texts, then the chart and what it says."""

from __future__ import annotations

import hashlib

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.plots.hierarchy import hierarchy_chart
from hypviz.records.hierarchy import HierarchyTest
from hypviz.records.models import ModelRef
from hypviz.records.specs.hierarchy import HierarchySpec
from hypviz.records.texts import TextFile
from hypviz.studies.hierarchy import BUNDLED, FEWEST_WORDS, HIERARCHY, estimated_seconds, hierarchy_spec
from hypviz.studies.kept import Lookup
from hypviz.studies.texts import decode
from hypviz.ui.shared.answered import is_answered
from hypviz.ui.shared.counts_choice import choose_counts
from hypviz.ui.shared.uploads import Files, name_or_file
from hypviz.ui.shell.address import MOST_SEED, Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.hierarchy import PAPER_SAYS, chance_sentence, correlations_sentence, counts_sentence, definition_words

ENDINGS = ["csv", "tsv", "txt"]
MAX_MB = 5
AT_ONCE = 20  # seconds up to which a test starts unasked
NAMED = "bundled"  # the taxonomy of that name in the address


def show_hierarchy(ref: ModelRef) -> None:
    """The controls, and once there is a result the chart with its sentences; raises `HypvizError` for an unusable edge list."""
    spec = _choose(ref)
    if spec is None:
        return
    estimate = estimated_seconds(spec.counts)
    found = run_job(
        HIERARCHY.key(spec),
        "Testing depth against norm",
        lambda work: HIERARCHY.get(spec, work),
        estimate_s=estimate,
        auto=estimate < AT_ONCE or is_answered(HIERARCHY, spec),
        button="Test",
    )
    if found is not None:
        _result(found)


def _choose(ref: ModelRef) -> HierarchySpec | None:
    """The question; None while a file is awaited."""
    kept = Kept("hierarchy", prefix="depth-")
    edges = name_or_file(kept, "taxonomy", [NAMED], label="Taxonomy", files=EDGES, words=lambda name: BUNDLED)
    counts = choose_counts(kept, ref, "Word counts from")
    if counts is None or edges is None:
        return None
    place = kept.key("seed", 0, low=0, high=MOST_SEED, key="hierarchy-seed")
    seed = int(st.number_input("Seed of the permutations", 0, MOST_SEED, key=place))
    kept.keep(seed=seed)
    if isinstance(edges, str):
        return hierarchy_spec(ref, counts, seed=seed)
    return hierarchy_spec(ref, counts, edges=edges.text, edges_name=edges.name, seed=seed)


def _take(key: str) -> TextFile | None:
    """The file in the control; raises `HypvizError` for one that is too large or no text."""
    file = st.file_uploader(
        f"A .csv, .tsv or .txt file in UTF-8, at most {MAX_MB} MB, with at least {FEWEST_WORDS} words that are single tokens",
        max_upload_size=MAX_MB,
        type=ENDINGS,
        key=key,
        help="One edge a line, from the general to the special: animal,dog or animal, a tab, and dog. Lines that start with # are skipped.",
    )
    if file is None:
        return None
    if file.size > MAX_MB * 1_000_000:
        raise HypvizError(f"{file.name} has {file.size / 1e6:.1f} MB, more than the {MAX_MB} MB that are read; leave out some branches.")
    text = decode(file.getvalue(), file.name)
    return TextFile(name=file.name, text=text, fingerprint=hashlib.sha256(text.encode("utf-8")).hexdigest())


EDGES = Files(
    record=TextFile,
    take=_take,
    show=lambda found: None,
    size=lambda found: f"{len(found.text.splitlines()):,} lines",
    awaited="Choose a file to measure depth in: one parent,child a line.",
)


def _result(found: Lookup[HierarchyTest]) -> None:
    record = found.record
    if found.notice:
        st.warning(escape_markdown(found.notice))
    st.caption(escape_markdown(counts_sentence(record)))
    show(hierarchy_chart(record), "hierarchy-depth")
    st.markdown(escape_markdown(f"{correlations_sentence(record)} {chance_sentence(record)}"))
    st.caption(escape_markdown(PAPER_SAYS))
    with st.expander("How depth is tested", icon=":material/function:"):
        st.markdown(escape_markdown(definition_words(record)))
    provenance(record.provenance.line)
