"""Frequency & norm: how often tokens occur against how long their embedding rows are."""

from hypviz.ui.frequency.controls import choose_question
from hypviz.ui.frequency.results import measured
from hypviz.ui.shell.page import page
from hypviz.ui.shell.session import model_ref

LEAD = "Are frequent, abstract words closer to the origin? Tokens are counted and set against the norm of their embedding rows."

with page("Frequency & norm", LEAD):
    ref = model_ref()
    spec = choose_question(ref)
    if spec is not None:
        measured(spec)
