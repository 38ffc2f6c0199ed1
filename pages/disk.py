"""Disk: the whole vocabulary in the Poincaré disk."""

import streamlit as st

from hypviz.ui.disk.controls import choose_layout
from hypviz.ui.disk.frame import LOW_FRAME
from hypviz.ui.disk.jobs import laid_out
from hypviz.ui.disk.results import show_disk_page, show_picture_before
from hypviz.ui.disk.selection import come_back
from hypviz.ui.shell.page import page
from hypviz.ui.shell.session import model_ref

LEAD = "Every token is a point of the hyperbolic plane. Drag it, click a token to bring it to the middle, or press / to search."

with page("Disk", LEAD, style=LOW_FRAME) as arrived:
    if arrived:
        come_back()
    ref = model_ref()
    choice = choose_layout(ref)
    with st.container():
        layout = laid_out(choice.layout, choice.vocab_size)
    if layout is not None:
        show_disk_page(ref, layout, choice)
    else:
        show_picture_before(ref, choice)
