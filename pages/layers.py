"""Layers: the same questions asked of hidden states in context, at every layer, for the base and its adapters; and a hierarchy test."""

from hypviz.ui.layers.difference import show_difference
from hypviz.ui.layers.hierarchy import show_hierarchy
from hypviz.ui.layers.results import show_layers
from hypviz.ui.shared.whole_model import whole_model
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.page import errors_as_sentences, page
from hypviz.ui.shell.session import model_ref

LEAD = "The paper measures embeddings without context. Here every layer is measured in context, for the base and for each adapter."
PARTS = {
    "layers": "δ, norms and dimension by layer",
    "hierarchy": "Does depth predict norm?",
    "difference": "What did a fine-tune change?",
}

with page("Layers", LEAD):
    layers, hierarchy, difference = Kept("layers-page").tabs("part", PARTS)
    with difference:
        show_difference(model_ref())
    with hierarchy, errors_as_sentences():  # which the layers beside it do not need
        show_hierarchy(model_ref())
    with layers:
        show_layers(whole_model(to_answer=False))
