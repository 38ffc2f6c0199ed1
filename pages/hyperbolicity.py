"""Hyperbolicity: is the space of a prompt's tokens tree-like, and more so than chance?"""

import streamlit as st

from hypviz.studies.hyperbolicity import estimated_seconds, prompt_hyperbolicity
from hypviz.ui.corpus_choice import choose_corpus
from hypviz.ui.hyperbolicity_results import show_hyperbolicity
from hypviz.ui.jobs import run_job
from hypviz.ui.page import page
from hypviz.ui.session import model_ref

LEAD = (
    "Gromov's δ says how far a set of points is from a tree. It is measured for the tokens of each prompt, beside chance and beside a tree."
)

with page("Hyperbolicity", LEAD):
    ref = model_ref()
    corpus = choose_corpus("delta", "Prompts")
    if corpus is not None:
        how_many, seeding = st.columns(2)
        n_texts = len(corpus.texts)
        label = f"How many, from the first on (of {n_texts:,})"
        limit = how_many.number_input(label, 1, n_texts, min(200, n_texts), key=f"delta-limit-{corpus.fingerprint}")
        seed = seeding.number_input("Seed of the random points", 0, 2**31 - 1, 0, key="delta-seed")
        estimate = estimated_seconds(corpus.texts[:limit])
        found = run_job(
            f"delta {ref.fingerprint} {corpus.fingerprint} {corpus.name} {limit} {seed}",
            "Measuring δ",
            lambda progress: prompt_hyperbolicity(
                ref, corpus, limit=int(limit), seed=int(seed), progress=progress, should_stop=progress.should_stop
            ),
            estimate_s=estimate,
            auto=estimate < 20,
            button="Measure",
        )
        if found is not None:
            show_hyperbolicity(found, corpus)
