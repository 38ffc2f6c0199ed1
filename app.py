"""hypviz: the router. ``streamlit run app.py``; operators who trust a model's own code add ``-- --trust-remote-code``."""

import os
from pathlib import Path

import streamlit as st

from hypviz.ui.shell.notices import show_in_sidebar
from hypviz.ui.shell.page import came_through_the_router
from hypviz.ui.shell.pages import ICON, MENU, START
from hypviz.ui.shell.session import carry_model, current_source
from hypviz.ui.shell.text import escape_markdown, short_source
from hypviz.ui.shell.warmup import warm_up

# Read when torch is first imported: one core stays with the page, and waiting threads sleep instead of spinning.
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 2) - 1)))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

st.set_page_config(page_title="hypviz", page_icon=ICON, layout="wide")
here = Path(__file__).parent / "pages"
entries = [
    st.Page(here / f"{entry.name}.py", title=entry.title, icon=entry.icon, default=entry is START)
    for entry in MENU
    if (here / f"{entry.name}.py").is_file()
]
chosen = st.navigation(entries)
came_through_the_router()
carry_model()
st.sidebar.caption(f"Model: **{escape_markdown(short_source(current_source()))}**")
show_in_sidebar()
chosen.run()
warm_up()
