"""Hyperbolicity: is the space of a model's tokens tree-like, and more so than chance?"""

import streamlit as st

from hypviz.ui.hyperbolicity.controls import choose_measurement
from hypviz.ui.hyperbolicity.results import show_measurement
from hypviz.ui.hyperbolicity.vocabulary import show_vocabulary_delta
from hypviz.ui.shell.page import page
from hypviz.ui.shell.session import model_ref

LEAD = (
    "Gromov's δ says how far a set of points is from a tree. Random points have a δ too, so it is always shown beside chance, "
    "beside trees and beside spaces of known shape."
)

with page("Hyperbolicity", LEAD):
    ref = model_ref()
    prompts, vocabulary = st.tabs(["Prompt by prompt", "A sample of the vocabulary"])
    with prompts:
        choice = choose_measurement()
        if choice is not None:
            show_measurement(ref, choice)
    with vocabulary:
        show_vocabulary_delta(ref)
