"""Fixtures shared by the page tests: a server without a past, and a finished fine-tune of the tiny Llama."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.models import resolve
from tests.pages.finished_runs import finished_run
from tests.serving import fresh_server  # noqa: F401 -- a fixture of every test here
from tests.stages import make_adapters


@pytest.fixture(scope="session")
def tiny_adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Adapter folders of the tiny Llama by name."""
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


@pytest.fixture
def run(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> str:
    """A finished fine-tune of the tiny Llama."""
    return finished_run(tiny_llama, tiny_adapters)
