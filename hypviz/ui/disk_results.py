"""The Disk page below its controls: the layout as a job, the picture, the selected token's neighbours, and how it was made."""

from __future__ import annotations

import hashlib

import streamlit as st

from hypviz.layout.findings import METHOD_LABELS, how_it_was_made, quality_sentence
from hypviz.plots.token_text import visible
from hypviz.records.layout import DiskLayout, LayoutBasis
from hypviz.records.models import Embeddings, ModelRef, TokenTable
from hypviz.store import Lookup
from hypviz.studies.disk import TokenNeighbours, at_radius, lay_basis, token_neighbours
from hypviz.studies.disk_view import disk_view
from hypviz.ui.charts import provenance
from hypviz.ui.disk_controls import LayoutChoice
from hypviz.ui.disk_selection import back_to_origin, clear, is_centred, search_box, select, selected_row, to_the_middle, token_label
from hypviz.ui.disk_view import pick_token
from hypviz.ui.jobs import run_job
from hypviz.ui.session import embeddings, token_table
from hypviz.ui.text import escape_markdown

# seconds on a small machine for one pair of the tree and for one token of either UMAP, for the first guess
EXACT_PAIRS, UMAP_TOKEN, HYPERBOLIC_TOKEN = 1e-7, 8e-3, 1.2e-3


def laid_out(ref: ModelRef, choice: LayoutChoice) -> DiskLayout | None:
    """The layout as chosen, or None while it is being computed."""
    n = choice.n_tokens or choice.vocab_size
    guess = 3 + _seconds(choice.method, n)
    corpus = choice.corpus
    source = f"{corpus.name} {corpus.fingerprint}" if corpus is not None else "token id"
    basis = run_job(
        f"disk {ref.fingerprint} {choice.method} {choice.n_tokens} {source} {choice.seed}",
        f"Laying out {n:,} tokens ({METHOD_LABELS[choice.method]})",
        lambda progress: lay_basis(
            ref,
            corpus=corpus,
            method=choice.method,
            n_tokens=choice.n_tokens,
            seed=choice.seed,
            progress=progress,
            should_stop=progress.should_stop,
        ),
        estimate_s=guess,
        auto=guess < 60,
        button="Lay out",
    )
    if basis is None:
        return None
    rows = embeddings(ref)
    with st.spinner("Measuring what the disk keeps at this radius…", show_time=True):
        found = _at_radius(f"{basis.key} {choice.radius}", ref, basis, choice.radius, rows)
    if found.notice:
        st.warning(escape_markdown(found.notice))
    return found.record


def _seconds(method: str, n: int) -> float:
    """The first guess for `n` tokens, without what every layout needs."""
    if method == "umap":
        return n * UMAP_TOKEN + 15
    tree = min(n, 20_000) ** 2 * EXACT_PAIRS
    return tree if method == "dendrogram" else tree + n * HYPERBOLIC_TOKEN + 3


@st.cache_resource(show_spinner=False, max_entries=12)
def _at_radius(key: str, _ref: ModelRef, _basis: Lookup[LayoutBasis], _radius: float, _rows: Embeddings) -> Lookup[DiskLayout]:
    return at_radius(_ref, _basis, radius=_radius, embeddings=_rows)


def show_disk_page(ref: ModelRef, layout: DiskLayout, choice: LayoutChoice) -> None:
    """Picture on the left, search and neighbours on the right, the small print below."""
    table, rows = token_table(ref), embeddings(ref)
    picture, panel = st.columns([5, 2], gap="medium")
    with panel:
        search_box(layout, table)
        row = selected_row(layout)
        found = _neighbours(f"{ref.fingerprint} {_key(layout)} {row}", rows, layout, row) if row is not None else None
        if found is not None:
            _panel(layout, table, found)
        else:
            st.info("Click a point in the disk, or search for a token: it moves to the middle.", icon=":material/ads_click:")
    with picture:
        view = disk_view(layout, table, rows, colour=choice.colour, found=found, centred=is_centred())
        picked = pick_token(view, f"disk-{_key(layout)}-{choice.colour}-{row}-{is_centred()}")
        if picked is not None and (row is None or picked != int(layout.token_ids[row]) or not is_centred()):
            select(picked)
            st.rerun()
        st.caption(escape_markdown(" ".join([*how_it_was_made(layout), quality_sentence(layout)])))
        provenance(layout.provenance.line)


@st.cache_resource(show_spinner=False, max_entries=64)
def _neighbours(key: str, _rows: Embeddings, _layout: DiskLayout, _row: int) -> TokenNeighbours:
    return token_neighbours(_rows, _layout, _row)


def _panel(layout: DiskLayout, table: TokenTable, found: TokenNeighbours) -> None:
    """The selected token, what the disk keeps of its neighbourhood, and the ten neighbours."""
    token = int(layout.token_ids[found.row])
    st.markdown(f"#### {token_label(table.text[token])}")
    rank = f"rank {found.row + 1:,}"
    count = int(layout.counts[found.row])
    seen = f"{count:,} times in {layout.radius_source}" if count else f"not in {layout.radius_source}"
    if not layout.counts.any():
        seen = "no counts"
    elif not count and layout.method == "dendrogram":
        seen += ", so its token id stands in for a rank"
    st.caption(escape_markdown(f"Token {token}, {rank}, {seen}; distance {layout.rho[found.row]:.2f} from the origin."))
    n, kept = len(found.nearest), int(found.in_disk.sum())
    st.markdown(f"The disk keeps **{kept} of its {n}** nearest neighbours.")
    _buttons()
    columns = {
        "token": st.column_config.TextColumn(width=80),
        "d": st.column_config.NumberColumn(format="%.1f", width=38, help="Hyperbolic distance in the disk."),
        "cosine": st.column_config.NumberColumn("cos", format="%.2f", width=42, help="Cosine of the centred rows: nearest first."),
        "kept": st.column_config.CheckboxColumn(width=46, help="Whether it is among the ten nearest in the disk too."),
    }
    neighbours = _neighbour_table(layout, table, found)
    st.dataframe(neighbours, hide_index=True, width="stretch", height="content", column_config=columns)


def _buttons() -> None:
    with st.container(horizontal=True, gap="small"):
        if is_centred():
            st.button("Back to origin", key="disk-origin", icon=":material/home_pin:", on_click=back_to_origin)
        else:
            st.button("To the middle", key="disk-middle", icon=":material/filter_center_focus:", on_click=to_the_middle)
        st.button("Clear", key="disk-clear", icon=":material/close:", on_click=clear)


def _neighbour_table(layout: DiskLayout, table: TokenTable, found: TokenNeighbours):
    """The ten nearest in the original space as the page shows them."""
    return {
        "token": [visible(table.text[layout.token_ids[i]]) for i in found.nearest],
        "cosine": found.cosine.tolist(),
        "kept": [bool(k) for k in found.in_disk],
        "d": found.distance.tolist(),
    }


def _key(layout: DiskLayout) -> str:
    """A short name of the layout for widget and cache keys."""
    parts = (layout.method, layout.radius, layout.radius_source, layout.seed, len(layout.token_ids), layout.provenance.revision)
    return hashlib.sha256(repr(parts).encode("utf-8")).hexdigest()[:12]
