"""A finished comparison: who is right in one line, the columns side by side, where they part, and what the adapters did."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import streamlit as st

from hypviz.marking import Step
from hypviz.methods.elsewhere import WHOLE
from hypviz.records.answers import ComparedColumn, Comparison, FirstDifference, Generation
from hypviz.records.cases import Case
from hypviz.records.evaluations import JudgedComparison, Outcome
from hypviz.studies.compare import first_difference, judged, worked_steps
from hypviz.ui.compare.colours import Shown, choose_marks
from hypviz.ui.compare.marking import choose_rule, say_marks, show_badges
from hypviz.ui.shared.adapters import short_print
from hypviz.ui.shared.answer_text import show_answer
from hypviz.ui.shared.probe import show_layers, show_tokens
from hypviz.ui.shell.address import carried
from hypviz.ui.shell.charts import provenance
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.comparison import ENDED, difference_words, finding, parting_sentence, time_taken
from hypviz.words.evaluation import about_steps
from hypviz.words.gain import whole_sentence
from hypviz.words.numbers import percent


def show_comparison(comparison: Comparison, titles: dict[str, str], case: Case) -> None:
    """Everything about one comparison, marked by the rule that is chosen here: its answers are read again, not asked again."""
    outcome = judged(case, [column.generation for column in comparison.columns], choose_rule(case))
    st.markdown(f"#### {escape_markdown(finding(case, outcome, [titles[column.name] for column in comparison.columns]))}")
    parting, shown = _parting(comparison), choose_marks(comparison, titles)
    steps = [worked_steps(outcome, k) for k in range(len(comparison.columns))]
    for k, where in enumerate(st.columns(len(comparison.columns))):
        with where.container(border=True, height="stretch"):
            _column(comparison, k, shown, outcome, steps[k], parting)
    say_marks(outcome, steps)
    if len(comparison.columns) > 1 and shown.marks is None:
        _legend(comparison, titles, parting)
    for column in comparison.columns:
        if column.notice:
            st.warning(escape_markdown(column.notice), icon=":material/help:")
    _probes(comparison, titles)
    label = "One answer is an anecdote: count over a whole set"
    st.page_link("pages/evaluate.py", label=label, icon=":material/fact_check:", query_params=carried())
    st.download_button(
        "This comparison as JSON",
        JudgedComparison(comparison=comparison, outcome=outcome, is_marked=case.is_marked).to_json(),
        "comparison.json",
        "application/json",
        icon=":material/download:",
        type="tertiary",
    )
    provenance(comparison.base.provenance.line + f" · {comparison.base.decoding.line}")


def _column(comparison: Comparison, k: int, shown: Shown, outcome: Outcome, steps: tuple[Step, ...], parting: dict[str, int]) -> None:
    column = comparison.columns[k]
    generation = column.generation
    difference = first_difference(generation, comparison.base)
    st.subheader(shown.titles[column.name], anchor=False)
    show_badges(outcome, k)
    parts = shown.marks is None
    show_answer(
        generation,
        titles=shown.titles,
        name=column.name,
        from_base=None if difference is None or not parts else difference.index,
        from_other=parting.get(column.name) if parts else None,
        marks=() if shown.marks is None else shown.marks.get(column.name, ()),
        read=outcome.marks[outcome.rule][k],
        steps=steps,
    )
    if told := about_steps(steps):
        st.caption(escape_markdown(told))
    st.caption(
        f"{time_taken(generation)}; {ENDED[generation.ended]}. Weights {short_print(generation.weights.fingerprint)}{_on_base(generation)}."
    )
    if generation.logit_difference is not None:
        _against_base(generation, difference)


def _against_base(generation: Generation, difference: FirstDifference | None) -> None:
    if generation.logit_difference == 0:
        st.markdown(":material/equal: **Identical to the base**: on this prompt every logit equals the base's exactly.")
        return
    logits = f"Logits on the prompt differ from the base's by up to {generation.logit_difference:.3g}."
    if difference is None:
        st.markdown(f":material/equal: The same tokens as the base all the way. {logits}")
        return
    words = escape_markdown(difference_words(difference))
    st.markdown(f":material/call_split: First different token: number {difference.index + 1}, {words}. {logits}")


def _legend(comparison: Comparison, titles: dict[str, str], parting: dict[str, int]) -> None:
    parts = [
        "Framed and shaded in colour: from the first token that differs from the base's. Hover over a token for the likeliest ones there."
    ]
    adapters = comparison.columns[1:]
    told = [_parts(one, other, titles) for one, other in combinations(adapters, 2)]
    if _parting(comparison):  # the mark is that of the last two
        told = [f"Thick underline: {told[-1]}", *told[:-1]]
    parts += told
    st.caption(escape_markdown(" ".join(parts)))


def _parts(one: ComparedColumn, other: ComparedColumn, titles: dict[str, str]) -> str:
    return parting_sentence(titles[one.name], titles[other.name], first_difference(other.generation, one.generation))


def _parting(comparison: Comparison) -> dict[str, int]:
    """The token at which the last two adapters part, by column name: of the three members HypLoRA and its control."""
    if len(comparison.columns) < 3:
        return {}
    one, other = comparison.columns[-2:]
    difference = first_difference(other.generation, one.generation)
    return {} if difference is None else {column.name: difference.index for column in (one, other)}


def _probes(comparison: Comparison, titles: dict[str, str]) -> None:
    probed = [(titles[c.name], c.generation) for c in comparison.columns if c.generation.probe is not None]
    if not probed:
        return
    st.markdown("#### What the adapters did on the prompt")
    rows = [_probe_row(title, generation) for title, generation in probed]
    st.table({name: [row[name] for row in rows] for name in rows[0]}, hide_index=True)
    capped = sum(g.probe.overall.n_capped for _, g in probed if g.probe is not None)
    words = "Medians over all tokens and layers. A gain of 1 is LoRA; |Δ| / |Wx| is how much is added to what the layer gave before."
    st.caption(words + (f" At {capped:,} token steps the gain was capped." if capped else ""))
    for title, generation in probed:
        sentence = whole_sentence(generation.probe, subject=f"On this prompt {title}") if generation.probe else None
        if sentence:
            st.info(escape_markdown(sentence), icon=":material/drag_handle:")
    by_token = {title: g.prompt_probe for title, g in probed if g.prompt_probe is not None}
    if by_token:
        with st.expander("Token by token, in every layer", icon=":material/grid_on:"):
            show_tokens(by_token, key=short_print(comparison.base.weights.fingerprint))
    with st.expander("Layer by layer, over the whole prompt", icon=":material/layers:"):
        show_layers([dataclasses.replace(g.probe, adapter=title) for title, g in probed if g.probe is not None], key="compare")


def _probe_row(title: str, generation: Generation) -> dict[str, str]:
    probe = generation.probe
    assert probe is not None
    whole = probe.overall
    gain = f"{whole.gain.median:.3f} ({whole.gain.low:.3f} to {whole.gain.high:.3f})" if probe.hyperbolic else "1 (plain LoRA)"
    return {
        "Adapter": title,
        "Gain g (1st to 99th percentile)": gain,
        "Within a layer, give or take": "–" if probe.variation is None else percent(probe.variation),
        "|Δ| / |Wx|": "–" if whole.ratio is None else f"{whole.ratio.median:.3f}",
        "u = |x| / R": "–" if whole.u is None else f"{whole.u.median:.2f} ({whole.u.low:.2f} to {whole.u.high:.2f})",
    }


def _on_base(generation: Generation) -> str:
    """Only an adapter lies on a base; a whole model has all weights of its own."""
    weights = generation.weights
    return f" on base {short_print(weights.base)}" if weights.adapter and weights.method != WHOLE else ""
