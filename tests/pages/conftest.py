"""Fixtures shared by the page tests: a server without a past, and a finished fine-tune of the tiny Llama."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from hypviz.models import resolve
from tests.pages.finished_runs import finished_run
from tests.stages import make_adapters


@pytest.fixture(autouse=True)
def fresh_server() -> None:
    """No job and no model from the test before."""
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def tiny_adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Adapter folders of the tiny Llama by name."""
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


@pytest.fixture
def run(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> str:
    """A finished fine-tune of the tiny Llama."""
    return finished_run(tiny_llama, tiny_adapters)
