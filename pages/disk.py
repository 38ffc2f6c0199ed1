"""Disk: the whole vocabulary in the Poincaré disk."""

from hypviz.ui.disk_controls import choose_layout
from hypviz.ui.disk_results import laid_out, show_disk_page
from hypviz.ui.page import page
from hypviz.ui.session import model_ref

LEAD = (
    "Every token is a point of the hyperbolic plane. Drag the plane, click a token to bring it to the middle, or press / to search; "
    "what decides where a token lies is said below the disk."
)

with page("Disk", LEAD):
    ref = model_ref()
    choice = choose_layout(ref)
    layout = laid_out(ref, choice)
    if layout is not None:
        show_disk_page(ref, layout, choice)
