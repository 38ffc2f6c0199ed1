"""The hierarchy test on a page: which taxonomy and which texts, then the chart and what it says."""

from __future__ import annotations

import hashlib

import streamlit as st

from hypviz.corpora.rows import decode
from hypviz.errors import HypvizError
from hypviz.plots.hierarchy import hierarchy_chart
from hypviz.records.hierarchy import HierarchyTest
from hypviz.records.models import ModelRef
from hypviz.store import Lookup
from hypviz.studies.hierarchy import BUNDLED, FEWEST_WORDS, estimated_seconds, hierarchy_test
from hypviz.ui.shared.counts_choice import choose_counts
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.jobs import run_job
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.hierarchy import PAPER_SAYS, chance_sentence, correlations_sentence, counts_sentence, definition_words

UPLOAD = "an edge list of your own"
ENDINGS = ["csv", "tsv", "txt"]
MAX_MB = 5


def show_hierarchy(ref: ModelRef) -> None:
    """The controls, and once there is a result the chart with its sentences; raises `HypvizError` for an unusable edge list."""
    name, edges = _choose_taxonomy()
    corpus = choose_counts(Kept("hierarchy"), ref, "Word counts from")
    if corpus is None or name is None:
        return
    seed = int(st.number_input("Seed of the permutations", 0, 2**31 - 1, 0, key="hierarchy-seed"))
    estimate = estimated_seconds(corpus)
    listed = "bundled" if edges is None else hashlib.sha256(edges.encode("utf-8")).hexdigest()
    found = run_job(
        f"hierarchy {ref.fingerprint} {corpus.fingerprint} {corpus.name} {name} {listed} {seed}",
        "Testing depth against norm",
        lambda progress: hierarchy_test(
            ref, corpus, edges=edges, edges_name=name, seed=seed, progress=progress, should_stop=progress.should_stop
        ),
        estimate_s=estimate,
        auto=estimate < 20,
        button="Test",
    )
    if found is not None:
        _result(found)


def _choose_taxonomy() -> tuple[str | None, str | None]:
    """The name of the taxonomy and its edge list (None: the bundled one); no name while no file is there yet."""
    if st.selectbox("Taxonomy", [BUNDLED, UPLOAD], key="hierarchy-taxonomy") == BUNDLED:
        return BUNDLED, None
    file = st.file_uploader(
        f"A .csv, .tsv or .txt file in UTF-8, at most {MAX_MB} MB, with at least {FEWEST_WORDS} words that are single tokens",
        max_upload_size=MAX_MB,
        type=ENDINGS,
        key="hierarchy-file",
        help="One edge a line, from the general to the special: animal,dog or animal, a tab, and dog. Lines that start with # are skipped.",
    )
    if file is None:
        st.info("Choose a file to measure depth in: one parent,child a line.", icon=":material/upload_file:")
        return None, None
    if file.size > MAX_MB * 1_000_000:
        raise HypvizError(f"{file.name} has {file.size / 1e6:.1f} MB, more than the {MAX_MB} MB that are read; leave out some branches.")
    return file.name, decode(file.getvalue(), file.name)


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
