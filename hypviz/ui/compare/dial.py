"""The curvature dial of the Compare page: a HypLoRA answer with c multiplied in memory, from 0 (LoRA) upward, beside the trained one."""

from __future__ import annotations

import dataclasses

import streamlit as st

from hypviz.errors import Stopped
from hypviz.records.answers import UNFINISHED, ComparedColumn, Comparison
from hypviz.records.cases import Case
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.studies.asking import asked_columns
from hypviz.studies.compare import judged, stored_comparison, worked_steps
from hypviz.ui.compare.live import begin, follow, job_key
from hypviz.ui.compare.marking import chosen_rule, show_badges
from hypviz.ui.compare.prompt import PAGE, Asked
from hypviz.ui.shared.answer_text import show_answer
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.jobs import jobs
from hypviz.ui.shell.session import store
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.comparison import ENDED
from hypviz.words.turning import FACTORS, factor_label, gain_sentence, turned_name
from hypviz.words.word_differences import difference_sentence, marked_pieces, word_differences


def show_dial(asked: Asked, comparison: Comparison) -> None:
    """The dial for a trained HypLoRA column, the button that has it answered, and that answer beside the trained one."""
    bent = {column.name: column for column in comparison.columns if _has_radius(column)}
    if not bent:
        return
    st.markdown("#### Curvature dial")
    kept, names, (left, right) = Kept(PAGE), list(bent), st.columns(2)
    name = names[-1]
    if len(names) > 1:
        place = kept.key("dialled", name, among=names)
        name = left.selectbox("Column", names, key=place, format_func=asked.titles.__getitem__)
    place = kept.key("dial", 1.0, among=FACTORS)
    factor = right.select_slider("The trained c of every layer times", FACTORS, key=place, format_func=factor_label)
    kept.keep(dialled=name, dial=factor) if len(names) > 1 else kept.keep(dial=factor)
    if factor == 1.0:
        st.caption("1 is the trained curvature, whose answer stands above; 0 makes the adapter plain LoRA with the same A and B.")
        return
    spec, title = _turned(asked, name, factor), f"{asked.titles[name]}, {factor_label(factor)}"
    found = _answer(spec, title)
    if found is not None:
        _show(bent[name], found.columns[-1], case=asked.case, titles={**asked.titles, found.columns[-1].name: title})


def _has_radius(column: ComparedColumn) -> bool:
    probe = column.generation.probe
    return probe is not None and probe.hyperbolic and probe.overall.u is not None


def _turned(asked: Asked, name: str, factor: float) -> ComparisonSpec:
    """The same question to the base and to the column at another curvature."""
    (column,) = [one.column for one in asked.spec.columns if one.name == name]
    turned = dataclasses.replace(column, name=turned_name(name, factor), curvature=factor)
    return dataclasses.replace(asked.spec, columns=asked_columns(asked.spec.model, [turned]))


def _answer(spec: ComparisonSpec, title: str) -> Comparison | None:
    """The stored answer, or the one of a job that has ended; else the button or the running answer, and None."""
    found = stored_comparison(spec, store())
    if found is not None:
        return found
    key = job_key(spec)
    job = jobs().get(key)
    if job is not None and job.active:
        follow(spec, {spec.columns[-1].name: title})
        return None
    begin(spec, f"Answer with {title}")
    if job is None:
        return None
    if isinstance(job.error, Stopped):
        st.info(escape_markdown(str(job.error)), icon=":material/stop_circle:")
    elif job.error is not None:
        raise job.error
    return job.result if isinstance(job.result, Comparison) and len(job.result.columns) == len(spec.columns) else None


def _show(trained: ComparedColumn, turned: ComparedColumn, case: Case, titles: dict[str, str]) -> None:
    outcome = judged(case, [trained.generation, turned.generation], chosen_rule(case))
    found = word_differences(trained.generation.text, turned.generation.text)
    spans = {trained.name: found.only_one, turned.name: found.only_other}
    st.warning(f"{escape_markdown(titles[turned.name])}: not trained at this value.", icon=":material/tune:")
    for k, (column, where) in enumerate(zip((trained, turned), st.columns(2), strict=True)):
        generation = column.generation
        with where.container(border=True, height="stretch"):
            st.markdown(f"**{escape_markdown(titles[column.name])}**")
            marks = ["word" if there else "" for there in marked_pieces(generation.pieces, spans[column.name])]
            show_badges(outcome, k)
            read, steps = outcome.marks[outcome.rule][k], worked_steps(outcome, k)
            show_answer(generation, titles=titles, name=column.name, key=f"dial-{column.name}", marks=marks, read=read, steps=steps)
            st.caption(escape_markdown(f"{ENDED[generation.ended].capitalize()}. {gain_sentence(generation.probe)}"))
    told = difference_sentence(found, titles[trained.name], titles[turned.name])
    unkept = " It did not finish and is not stored." if turned.generation.ended in UNFINISHED else ""
    st.markdown(escape_markdown(told + unkept))
