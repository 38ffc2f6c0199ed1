"""Evaluate: how many problems of a set the base model and the members of a fine-tune answer right, and whether that tells them apart."""

import streamlit as st

from hypviz.ui.evaluate.evaluation import count
from hypviz.ui.evaluate.problems import PAGE, asked, begin_set, choose_how, choose_problems
from hypviz.ui.evaluate.reading import show_reading
from hypviz.ui.shared.adapters import named, pick_adapters, say_if_none
from hypviz.ui.shared.whole_model import whole_model
from hypviz.ui.shell.page import page

LEAD = (
    "One answer is an anecdote. Here the same problems are put to every column, right and wrong are counted, "
    "and the counts say whether n is large enough to tell the columns apart."
)

with page("Evaluate", LEAD):
    ref = whole_model()
    left, right = st.columns(2)
    with left:
        picked = pick_adapters(ref, PAGE, several_seeds=True)
    with right:
        problems = choose_problems(picked.problems)
    begin_set(problems)
    say_if_none(picked)
    asking, how = choose_how(ref, picked.folders, problems)
    if problems is not None:
        show_reading(ref, asking, problems)
        chosen = named(ref, picked)
        count(asked(ref, chosen, problems, asking, how), chosen.titles)
