"""A Streamlit server of one's own for each test: no job and no model from the test before, and none left for the one after."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import streamlit as st

from hypviz.ui.shell.jobs import jobs

PATIENCE_S = 30.0  # a job looks at its stop more often than that; one that does not is left running


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    """Caches of the server are empty before, and its jobs stopped after; a test that clears them itself gives its jobs up."""
    st.cache_resource.clear()
    yield
    left = list(jobs()._jobs.values())
    for job in left:
        job.work.stop()
    end = time.monotonic() + PATIENCE_S
    while any(job.active for job in left) and time.monotonic() < end:
        time.sleep(0.01)
