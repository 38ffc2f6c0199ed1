"""Compare: one prompt, answered by the base model and by every member of a fine-tune, side by side."""

import streamlit as st

from hypviz.ui.compare.cases import choose_case
from hypviz.ui.compare.comparison import answer
from hypviz.ui.compare.prompt import PAGE, ask
from hypviz.ui.shared.adapters import pick_adapters, say_if_none
from hypviz.ui.shared.whole_model import whole_model
from hypviz.ui.shell.page import page

LEAD = "One prompt, the same decoding, several sets of weights: the base model and adapters on it. See where their answers part."

with page("Compare", LEAD):
    ref = whole_model()
    left, right = st.columns(2)
    with left:
        picked = pick_adapters(ref, PAGE)
    with right:
        case = choose_case(picked.problems)
    say_if_none(picked)
    asked = ask(case, ref, picked)
    if asked is not None:
        answer(asked)
