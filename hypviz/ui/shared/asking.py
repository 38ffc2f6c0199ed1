"""The controls for how questions are put: the template, the text of the system's turn, and worked examples before the question."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hypviz.records.asking import Asking
from hypviz.records.limits import SHOTS
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.studies.finetune.lessons import LESSONS
from hypviz.studies.how_asked import Usual, asked_as, usual_asking
from hypviz.templates import TEMPLATES
from hypviz.ui.shell.address import MOST_SEED, Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.asking import template_help

SYSTEM_HELP = "The system's turn of the chat. Left empty, the template writes its own, or none."
SHOTS_HELP = (
    "Worked examples before every question, the same for all. They are drawn with the seed from problems to learn from, never from those "
    "asked."
)


def choose_asking(
    kept: Kept, ref: ModelRef, folders: tuple[str, ...], asked: Sequence[str], *, learned: ProblemSet | None = None
) -> Asking:
    """How `asked` are put: at first as the adapters in `folders` learned it, else as the model would have it.

    Examples come from `learned`, what a fine-tune learns from, else from a bundled set's training split. Raises `HypvizError` for a model
    whose template cannot be read, and for more examples than there are.
    """
    usual = _usual((ref.fingerprint, ref.path, folders), ref, folders)
    first, second = st.columns(2)
    template = _choose_template(kept, first, usual)
    system = _choose_system(kept, second, usual, template)
    is_usual, label = template == usual.asking.template, TEMPLATES.labels[usual.asking.template]
    st.caption(escape_markdown(usual.reason if is_usual else f"Usual here: {label}. {usual.reason}"))
    own = len(usual.asking.shots) if is_usual else 0
    shots, seed, source = _choose_shots(kept, template, own, learned is not None)
    return asked_as(ref, usual.asking, template=template, system=system, shots=shots, seed=seed, source=learned or source, asked=asked)


@st.cache_resource(show_spinner="Reading the chat template…", max_entries=32)
def _usual(key: tuple[object, ...], _ref: ModelRef, _folders: tuple[str, ...]) -> Usual:
    return usual_asking(_ref, _folders)


def _choose_template(kept: Kept, where: DeltaGenerator, usual: Usual) -> str:
    known, first = list(TEMPLATES), usual.asking.template
    template = where.selectbox(
        "Template",
        known,
        key=kept.key("template", first, among=known, key=f"{kept.page}-template-{first}"),
        format_func=TEMPLATES.labels.__getitem__,
        help=template_help(),
    )
    kept.keep(template=template)
    return str(template)


def _choose_system(kept: Kept, where: DeltaGenerator, usual: Usual, template: str) -> str | None:
    """The text; None where the template has no place for one."""
    if not TEMPLATES[template].takes_system:
        return None
    first = usual.asking.system if template == usual.asking.template else ""
    place = kept.key("system", first, key=f"{kept.page}-system-{first}" if first else None)
    system = where.text_input("System text", key=place, placeholder="the template's own, or none", help=SYSTEM_HELP)
    kept.keep(system=system.strip())
    return system


def _choose_shots(kept: Kept, template: str, own: int, is_learning: bool) -> tuple[int | None, int, str | None]:
    """How many examples, by which seed and from which set; None for those that the adapters learned with."""
    if not TEMPLATES[template].takes_shots:
        return 0, 0, None
    row = st.columns(3, vertical_alignment="bottom")
    place = kept.key("shots", own, low=SHOTS.least, high=SHOTS.most, key=f"{kept.page}-shots-{own}")
    shots = int(row[0].number_input("Examples", int(SHOTS.least), int(SHOTS.most), key=place, help=SHOTS_HELP))
    kept.keep(shots=shots)
    is_own = own > 0 and shots == own and row[1].checkbox("Those that the adapters learned with", key=kept.key("own_shots", True))
    if own:
        kept.keep(own_shots=is_own)
    if not shots or is_own:
        return (None if is_own else 0), 0, None
    place = kept.key("shots_seed", 0, low=0, high=MOST_SEED)
    seed = int(row[1].number_input("Their seed", 0, MOST_SEED, key=place))
    kept.keep(shots_seed=seed)
    if is_learning:
        return shots, seed, None
    place = kept.key("shots_from", LESSONS[0], among=LESSONS)
    source = row[2].selectbox("From", LESSONS, key=place, help="The set's training split; `--shots-from` takes a file too.")
    kept.keep(shots_from=source)
    return shots, seed, str(source)
