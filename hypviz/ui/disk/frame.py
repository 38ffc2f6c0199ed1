"""The frame of the Disk page: its words and controls small enough that the disk has nearly the height of the window.

Everything above the disk takes as few lines as can still be read from afar.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def aside(name: str) -> DeltaGenerator:
    """A place for what is asked, said or under way about the picture: over the corner of the window, so that it moves nothing."""
    return st.container(key=f"disk-aside-{name}")


# title and lead stand on one line, names of controls are small; Streamlit's own sizes leave the disk 370 of 720 lines on a projector
LOW_FRAME = """
.stMainBlockContainer { padding: 0.35rem 1rem 1.5rem !important; }
.stMainBlockContainer > .stVerticalBlock { flex-flow: row wrap; align-items: baseline; gap: 0.35rem 0.9rem; }
.stMainBlockContainer > .stVerticalBlock > * { flex: 1 1 100%; min-width: 0; }
.stMainBlockContainer > .stVerticalBlock > :has(h1) { flex: 0 0 auto; width: auto !important; }
.stMainBlockContainer > .stVerticalBlock > :has(h1) + .stElementContainer { flex: 1 1 0; width: auto !important; padding-right: 2.5rem; }
.stMainBlockContainer > .stVerticalBlock > :has(h1) + * p { font-size: 0.95rem; }
.stMainBlockContainer > .stVerticalBlock .stVerticalBlock { gap: 0.35rem; }
.stMainBlockContainer h1 { font-size: 1.3rem !important; padding: 0 !important; }
.stMainBlockContainer h4 { font-size: 1.15rem; line-height: 1.2; padding: 0 0 0.2rem; }
.stMainBlockContainer .stMarkdown:has(h4) [data-testid=stMarkdownContainer] { margin-bottom: 0; }
.stMainBlockContainer .stHorizontalBlock { gap: 0.6rem; }
.stMainBlockContainer [data-testid=stWidgetLabel] { min-height: 0; margin-bottom: 0; }
.stMainBlockContainer [data-testid=stWidgetLabel] p { font-size: 0.8rem; line-height: 1.1; }
.stMainBlockContainer .stSelectbox .react-aria-ComboBox { height: 2.1rem; min-height: 0; }
.stMainBlockContainer .stSelectbox .react-aria-ComboBox > * { height: 2.1rem; min-height: 0; }
.stMainBlockContainer .stPopover button { min-height: 2.1rem; padding-block: 0; }
.stMainBlockContainer .stSlider { margin-bottom: -0.6rem; }
.stAppHeader { background: none; }
[data-testid=stLayoutWrapper]:has(> [class*="st-key-disk-aside"]) { position: fixed; right: 1rem; bottom: 0.6rem; z-index: 5;
  width: 27rem !important; }
.stApp:has(.st-key-disk-aside-play > *) [data-testid=stLayoutWrapper]:has(> .st-key-disk-aside-path) { bottom: 9rem; }
[class*="st-key-disk-aside"]:has(> *) { padding: 0.5rem 0.7rem; border-radius: 0.6rem; background: Canvas;
  box-shadow: 0 2px 12px rgba(0, 0, 0, 0.35); max-height: 40vh; overflow: auto; }
[class*="st-key-disk-aside"] :has(> [data-testid=stColumn]) { flex-wrap: nowrap; }
[class*="st-key-disk-aside"] [data-testid=stColumn] { min-width: 0; }
[class*="st-key-disk-aside"] [data-testid=stColumn]:last-child { flex: 0 0 6rem; }
@media (max-height: 820px) { .stMainBlockContainer h4 { font-size: 1.02rem; } }
"""
