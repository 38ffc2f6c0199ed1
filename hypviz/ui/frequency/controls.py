"""The controls of the Frequency & norm page, kept in the browser's address: what is counted, and the seed of the bootstrap."""

from __future__ import annotations

import streamlit as st

from hypviz.records.models import ModelRef
from hypviz.records.specs.frequency import FrequencySpec
from hypviz.ui.shared.counts_choice import choose_counts
from hypviz.ui.shared.untrained import choose_untrained
from hypviz.ui.shell.address import Kept

PAGE = "frequency"
LARGEST_SEED = 2**31 - 1


def choose_question(ref: ModelRef) -> FrequencySpec | None:
    """The question that the controls ask; None while a file is awaited."""
    kept = Kept(PAGE)
    source = choose_counts(kept, ref)
    if source is None:
        return None
    with st.popover("More", icon=":material/tune:"), kept.folded():
        help_text = "Seed of the resamples behind each interval."
        seed = st.number_input("Seed", 0, LARGEST_SEED, key=kept.key("seed", 0, low=0, high=LARGEST_SEED), help=help_text)
        untrained = choose_untrained(kept)
    spec = FrequencySpec(model=ref, source=source, seed=int(seed), untrained=untrained)
    kept.keep_spec(spec)
    return spec


def choose_log_norm() -> bool:
    """Whether the norm has a logarithmic axis."""
    kept = Kept(PAGE)
    chosen = st.toggle("Logarithmic norm axis", key=kept.key("log-norm", False))
    kept.keep(**{"log-norm": chosen})
    return chosen


def choose_as_read(scale: float) -> bool:
    """Whether norms are of the rows that the model reads, which are `scale` times those stored; not asked where they are the same."""
    if scale == 1:
        return False
    kept = Kept(PAGE)
    help_text = "This architecture multiplies each stored row by one number before its first layer. Ranks and correlations stay the same."
    chosen = st.toggle(f"Rows as the model reads them (stored rows times {scale:.4g})", key=kept.key("as-read", False), help=help_text)
    kept.keep(**{"as-read": chosen})
    return chosen
