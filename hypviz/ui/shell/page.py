"""The frame of every page: title, one leading sentence, and errors as one sentence that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from hypviz.errors import HypvizError, ModelError, Stopped
from hypviz.ui.shell.address import arrive, in_one_step
from hypviz.ui.shell.text import escape_markdown
from hypviz.ui.shell.waiting_messages import keep_whole

keep_whole()  # before the first run of a fragment
_LOG = logging.getLogger("hypviz")
_ROUTED, _PAGE = "_routed", "_page"
_TOLD: ContextVar[set[str] | None] = ContextVar("_TOLD", default=None)  # the errors on the page; None where a fragment runs alone
# a picture should be whole on a projector: Streamlit leaves six lines above the title and five columns beside the page;
# chart text has the page's own colour, which changes with the theme while the figure stays; text inside bars is set off against them;
# a badge in one of four columns goes on in a second line
_FRAME = """<style>.stMainBlockContainer { padding: 2.6rem 3rem 3rem; }
.stPlotlyChart .main-svg text:not(.bartext-inside) { fill: currentColor !important; }
.stMarkdownBadge { white-space: normal !important; }
@media (max-height: 820px) {
  .stMainBlockContainer { padding-top: 1.2rem; }
  .stAppHeader { background: none; }
  .stMainBlockContainer h1 { font-size: 2rem; padding: 0.4rem 0; }
}
</style>"""


def came_through_the_router() -> None:
    """Note that app.py has run in this session; called by it."""
    st.session_state[_ROUTED] = True


@contextmanager
def page(title: str, lead: str, *, style: str = "") -> Generator[bool]:
    """Draw title and lead, then the body; an error ends the body with one sentence and no traceback.

    `style` is a page's own style sheet, after that of every page. Gives whether the person has just come from another page.
    """
    _through_the_router()
    st.html(_FRAME.replace("</style>", f"{style}</style>"))
    st.title(title)
    st.markdown(lead)
    before, st.session_state[_PAGE] = st.session_state.get(_PAGE), title
    if before != title:
        arrive()
    token = _TOLD.set(set())
    try:
        with in_one_step(), errors_as_sentences():
            yield before != title
    finally:
        _TOLD.reset(token)


def _through_the_router() -> None:
    """Hand over to app.py, once a session, if the page was started without it.

    Where the first visitor of a server opens a page's own address, Streamlit takes the folder `pages` for its older kind of
    app and runs the page alone, for everyone, until app.py has called `st.navigation` once.
    """
    if PagesManager.uses_pages_directory and not st.session_state.get(_ROUTED):
        came_through_the_router()  # AppTest forgets the flag before every run, and a rerun would swallow each click
        PagesManager.uses_pages_directory = False
        st.rerun()


@contextmanager
def errors_as_sentences() -> Generator[None]:
    """Show whatever fails inside as one sentence, once on a page; unforeseen errors are logged with their traceback in the terminal."""
    try:
        yield
    except Stopped as stopped:
        st.info(escape_markdown(str(stopped)), icon=":material/stop_circle:")
    except ModelError as error:
        _say(str(error))
        st.page_link("pages/start.py", label="Choose another model on the Start page", icon=":material/arrow_back:", query_params={})
    except HypvizError as error:
        _say(str(error))
    except MemoryError:
        st.error("The machine ran out of memory; choose a smaller model or fewer tokens, then try again.", icon=":material/error:")
    except Exception as error:  # the person is told, and the traceback goes to the log instead of the page
        _LOG.exception("unforeseen error on a page")
        kind = escape_markdown(f"{type(error).__name__}: {error}"[:300])
        st.error(
            f"Something happened that hypviz did not foresee ({kind}). The details are in the terminal where it runs.",
            icon=":material/error:",
        )


def _say(sentence: str) -> None:
    """The error, unless the page has it already: what breaks the list below a form is often what broke the form."""
    told = _TOLD.get()
    if told is not None:
        if sentence in told:
            return
        told.add(sentence)
    st.error(escape_markdown(sentence), icon=":material/error:")
