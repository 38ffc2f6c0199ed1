"""How a fine-tune is asked, and a training example as the model reads it: what is masked, what is learned, and whether it fits."""

from __future__ import annotations

import streamlit as st

from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef, ModelSummary
from hypviz.records.texts import ProblemSet
from hypviz.studies.finetune.defaults import max_tokens
from hypviz.studies.how_asked import LEARNED, example_tokens
from hypviz.templates.shots import first_unshown
from hypviz.ui.shared.asking import choose_asking
from hypviz.ui.shared.read_text import show_read
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.asking import masked_words


def choose_asked(ref: ModelRef, summary: ModelSummary, problems: ProblemSet, kept: Kept) -> Asking:
    """The controls, folded away, with an example below; the adapters carry the choice to Compare and Evaluate."""
    with st.expander("How the problems are asked", icon=":material/forum:"):
        asking = choose_asking(kept, ref, (), (), learned=problems)
        st.caption("Compare and Evaluate ask these adapters in the same way unless told otherwise.")
        example = first_unshown(asking, problems.problems)
        if example is not None:
            tokens = example_tokens(ref, asking, example)
            n_learned = sum(token.part == LEARNED for token in tokens)
            show_read(tokens, label="A training example as the model reads it", key="finetune-read")
            st.caption(escape_markdown(masked_words(len(tokens) - n_learned, n_learned, max_tokens(None, summary))))
    return asking
