"""Hyperbolicity: is the space of a model's tokens tree-like, and more so than chance?"""

from hypviz.ui.hyperbolicity.controls import choose_measurement
from hypviz.ui.hyperbolicity.results import show_measurement
from hypviz.ui.hyperbolicity.vocabulary import show_vocabulary_delta
from hypviz.ui.shell.address import Kept
from hypviz.ui.shell.page import page
from hypviz.ui.shell.session import model_ref

LEAD = (
    "Gromov's δ says how far a set of points is from a tree. Random points have a δ too, so it is always shown beside chance, "
    "beside trees and beside spaces of known shape."
)
PARTS = {"prompts": "Prompt by prompt", "vocabulary": "A sample of the vocabulary"}

with page("Hyperbolicity", LEAD):
    ref = model_ref()
    prompts, vocabulary = Kept("hyperbolicity").tabs("part", PARTS)
    with prompts:
        spec = choose_measurement(ref)
        if spec is not None:
            show_measurement(spec)
    with vocabulary:
        show_vocabulary_delta(ref)
