"""The Start page after loading: what the model is, and where to go next."""

from __future__ import annotations

import streamlit as st

from hypviz.plots.token_text import visible
from hypviz.records.models import ModelSummary
from hypviz.studies.model import ModelReport
from hypviz.studies.models import contents_sentences, show_size
from hypviz.studies.untrained import untrained_rows
from hypviz.ui.shell.charts import provenance, show
from hypviz.ui.shell.notices import show_sentences
from hypviz.ui.shell.pages import OTHERS
from hypviz.ui.shell.session import MODEL_PARAMETER, token_table
from hypviz.ui.shell.text import escape_markdown, short_count
from hypviz.words.local_models import file_words
from hypviz.words.untrained import left_out_words, untrained_sentences

ACROSS = 4


def show_report(report: ModelReport) -> None:
    """Architecture and sizes as numbers, the rest as sentences, and where it comes from."""
    summary = report.summary
    name = "The bundled model" if report.ref.kind == "bundled" else escape_markdown(report.ref.label)
    st.subheader(f"{name} is loaded", anchor=False)
    shown = {
        "Architecture": summary.architecture.removesuffix("ForCausalLM").removesuffix("LMHeadModel"),
        "Vocabulary": f"{summary.vocab_size:,}",
        "Hidden size": f"{summary.hidden_size:,}",
        "Layers": f"{summary.n_layers:,}",
        "Output layer": "tied" if summary.tied else "untied",
        "Stored as": summary.dtype,
        "Parameters": short_count(summary.n_parameters),
        "Context": f"{summary.max_positions:,}" if summary.max_positions else "unlimited",
    }
    columns = [*st.columns(4), *st.columns(4)]
    for column, (label, value) in zip(columns, shown.items(), strict=True):
        column.metric(label, value, border=True, help=_HELP.get(label))
    st.markdown(" ".join(_sentences(report)))
    show_sentences(report.notices)
    provenance(_origin(report))


def show_kinds(report: ModelReport) -> None:
    """The make-up of the vocabulary as one bar."""
    from hypviz.plots.vocabulary import kinds_chart

    show(kinds_chart(report.kinds), "start-kinds")


def show_next(source: str) -> None:
    """Links to the other pages, each with the question it answers; the model travels in the URL."""
    st.subheader("Where to go next", anchor=False)
    for start in range(0, len(OTHERS), ACROSS):
        for column, entry in zip(st.columns(ACROSS), OTHERS[start : start + ACROSS], strict=False):
            with column.container(border=True, height="stretch"):
                link = f"pages/{entry.name}.py"
                st.page_link(link, label=f"**{entry.title}**", icon=entry.icon, query_params={MODEL_PARAMETER: source})
                st.caption(entry.question)


_HELP = {
    "Vocabulary": "Rows of the input-embedding table; each that a token has is one point on the Disk page.",
    "Hidden size": "The length of each row.",
    "Output layer": "Tied: the table that reads tokens also writes them, by what the files hold.",
    "Context": "The most tokens the model can read at once.",
}


def _sentences(report: ModelReport) -> list[str]:
    """What the numbers do not say: its norms, what is odd about its vocabulary, and where adapters can go."""
    summary, (low, high) = report.summary, report.norm_range
    lines = [
        f"It has {report.n_tokens:,} tokens.",
        f"Its embedding rows have a median norm of {report.norm_median:.3g} (from {low:.3g} to {high:.3g}).",
    ]
    if report.n_without_token:
        lines.append(
            f"{report.n_without_token:,} spare rows belong to no token (padding of the table): they are unused below, and every picture, "
            "norm and measure leaves them out."
        )
    if report.n_without_row:
        lines.append(f"{report.n_without_row:,} tokens that the tokenizer adds beyond the last row are left out.")
    found, text = untrained_rows(report.ref), token_table(report.ref).text
    lines += untrained_sentences(found, lambda i: visible(text[i]), quantised=report.ref.quantised_rows)
    if report.n_untrained:
        lines.append(left_out_words(report.n_untrained))
    if summary.embedding_scale != 1:
        lines.append(f"The model multiplies each row by {summary.embedding_scale:.4g} inside; norms here are of the rows as stored.")
    in_files = contents_sentences(report.contents, label=report.ref.label, architecture=summary.architecture)
    lines += [line for line in in_files if line not in report.notices]
    return [escape_markdown(line) for line in lines] + ([_adapters(summary)] if report.contents.no_answers is None else [])


def _origin(report: ModelReport) -> str:
    ref = report.ref
    name = ref.label + (f"@{ref.revision[:12]}" if ref.revision else "")
    parts = [name, f"fingerprint {ref.fingerprint[:12]}", f"{show_size(report.cost.bytes_to_read)} in {file_words(report.cost.n_files)}"]
    place = {"folder": ref.path, "gguf": ref.source}.get(ref.kind)
    return " · ".join([*parts, place] if place else parts)


def _adapters(summary: ModelSummary) -> str:
    """Which layers an adapter can go on, how much of the model they hold, and what it does not reach."""
    names = ", ".join(f"`{name}`" for name in summary.linear_names)
    held = f"{short_count(summary.n_linear_parameters)} of {short_count(summary.n_parameters)} parameters"
    line = f"Adapters can be put on {names}, which hold {held}."
    if summary.fused:
        fused = " and ".join(f"`{name}`" for name in summary.fused)
        line += f" Its experts lie fused in {fused} ({short_count(sum(summary.fused.values()))} parameters), which no adapter reaches."
    return line
