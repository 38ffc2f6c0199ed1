"""Which problems the Evaluate page asks: the test split of a bundled set, or an upload that a reload still finds."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from hypviz.marking import DEFAULT
from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.records.texts import ProblemSet
from hypviz.studies.adapters import Chosen
from hypviz.studies.asking import asked_columns
from hypviz.studies.evaluate import rules_for_set
from hypviz.studies.how_asked import learned_otherwise
from hypviz.studies.problem_sets import SET_NAMES, USUAL, first_problems, is_bundled, named_problems, set_label
from hypviz.ui.evaluate.decoding import Answering, choose_answering
from hypviz.ui.shared.answer_length import choose_length
from hypviz.ui.shared.asking import choose_asking
from hypviz.ui.shared.problem_file import from_the_hub, take_problems
from hypviz.ui.shared.problem_preview import show_reading
from hypviz.ui.shared.uploads import Files, name_or_file
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.numbers import counted

PAGE = "evaluate"
_LAST_SET = "evaluate-last-set"
LARGEST, LARGEST_PUBLISHED = 3000, 20_000


def choose_problems(learned: str | None) -> ProblemSet | None:
    """The set, cut to n, at first the one that the fine-tune `learned`; None while an upload is awaited or a set is read."""
    kept, (menu, how_many) = Kept(PAGE), st.columns([2, 1])
    found = name_or_file(
        kept,
        "problems",
        SET_NAMES,
        label="Problems",
        files=PROBLEMS,
        default=learned if learned in SET_NAMES else SET_NAMES[0],
        explicit=True,
        words=set_label,
        help="Bundled and published sets are asked from their test split, which no fine-tune here has seen.",
        place=menu,
    )
    if found is None:
        return None
    most = len(found.problems) if not isinstance(found, str) else LARGEST if is_bundled(found) else LARGEST_PUBLISHED
    usual = kept.key("n", min(USUAL, most), low=1, high=most, key=f"evaluate-n-{most}")
    n = int(how_many.number_input("How many", 1, most, key=usual, help=f"The first n, at most {most:,}."))
    kept.keep(n=n)
    if not isinstance(found, str):
        return first_problems(found, n)
    if is_bundled(found):
        return named_problems(found, n)
    asked = from_the_hub(found, n, "test")
    if asked is not None:
        show_reading(asked)
    return asked


def begin_set(problems: ProblemSet | None) -> None:
    """Where the set is another than before (None: it is awaited): no row is open, and a rule that does not mark it is let go.

    The first set of a visit keeps the row of its link, and Back the one of its address.
    """
    kept, last = Kept(PAGE), st.session_state.get(_LAST_SET)
    now = None if problems is None else problems.fingerprint.partition(":")[0]  # of all rows, whatever n
    if last is not None and now != last:
        place, said = kept.place("problem"), st.query_params.get("problem")
        if said in (None, str(st.session_state.get(place, 0))):
            st.session_state[place] = 0
            kept.keep(problem="")
        if problems is not None and st.query_params.get("rule", DEFAULT) not in rules_for_set(problems):
            kept.keep(rule="")
    if now is not None:
        st.session_state[_LAST_SET] = now


def choose_how(ref: ModelRef, folders: tuple[str, ...], problems: ProblemSet | None) -> tuple[Asking, Answering]:
    """How the problems are put, the longest answer in tokens, and how every problem is answered."""
    kept = Kept(PAGE)
    with st.expander("Template and decoding", icon=":material/tune:"):
        questions = [problem.question for problem in problems.problems] if problems is not None else []
        asking = choose_asking(kept, ref, folders, questions)
        answering = choose_answering(kept, choose_length(kept, ref, folders, st.container(), asking, problems))
    return asking, answering


def asked(ref: ModelRef, chosen: Chosen, problems: ProblemSet, asking: Asking, how: Answering) -> EvaluationSpec:
    """The question that these choices make, after a word on adapters that learned to be asked otherwise."""
    if otherwise := learned_otherwise(ref, chosen.columns, chosen.titles, asking):
        st.info(escape_markdown(otherwise), icon=":material/forum:")
    return EvaluationSpec(model=ref, columns=asked_columns(ref, chosen.columns), problems=problems, asking=asking, **asdict(how))


PROBLEMS: Files[ProblemSet] = Files(
    record=ProblemSet,
    take=take_problems,
    show=show_reading,
    size=lambda found: counted(len(found.problems), "problem"),
    awaited="Choose a file with problems: each row needs a question and an answer.",
)
