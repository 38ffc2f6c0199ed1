"""What pages that need all weights say of the model: that only its vocabulary is here or can be used, or how it is computed with."""

from __future__ import annotations

import streamlit as st

from hypviz.records.models import ModelRef
from hypviz.ui.shell.session import model_ref
from hypviz.ui.shell.text import escape_markdown
from hypviz.words.layers import reader_sentence


def whole_model(*, to_answer: bool = True) -> ModelRef:
    """The chosen model; the page ends here where its weights are not on this machine or cannot answer. Raises `ModelError`.

    Without `to_answer` a model that only reads text passes, with a sentence on what is not shown of it.
    """
    from hypviz.studies.model_notices import computing_sentence
    from hypviz.studies.models import no_answers, reads_text, what_works

    ref = model_ref()
    if ref.only_vocabulary:
        st.info(
            escape_markdown(
                f"Only the vocabulary of {ref.label} is on this machine, and this page needs all of its weights. Disk, Frequency & norm "
                "and Hyperbolicity work on the vocabulary."
            ),
            icon=":material/dictionary:",
        )
        st.page_link(
            "pages/start.py",
            label="See what the whole model costs",
            icon=":material/arrow_forward:",
            query_params={"kind": "hub", "hub": ref.whole_source},
        )
        st.stop()
    why = no_answers(ref)
    if why is not None and not to_answer and reads_text(ref):
        st.info(escape_markdown(str(reader_sentence(why))), icon=":material/menu_book:")
    elif why is not None:
        st.info(escape_markdown(f"{why} {what_works(reads_text=reads_text(ref))}"), icon=":material/dictionary:")
        st.page_link("pages/start.py", label="Choose another model", icon=":material/arrow_forward:")
        st.stop()
    if computed := computing_sentence(ref):
        st.caption(escape_markdown(computed))
    return ref
