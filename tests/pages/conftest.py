"""Fixtures shared by the page tests: a server without a past, and a finished fine-tune of the tiny Llama."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hypviz.models import resolve
from tests.pages.finished_runs import finished_run
from tests.pages.running import open_page, run_until
from tests.serving import fresh_server  # noqa: F401 -- a fixture of every test here
from tests.stages import make_adapters


@pytest.fixture(scope="session")
def tiny_adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Adapter folders of the tiny Llama by name."""
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


@pytest.fixture(scope="session")
def first_disk(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has what the Disk page first lays out and measures of the tiny Llama."""
    root = tmp_path_factory.mktemp("first-disk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(root))
        app = open_page("pages/disk.py", str(tiny_llama))
        run_until(app, lambda: app.get("bidi_component"))
        assert not app.error and not app.exception
    return root


@pytest.fixture
def laid_out(first_disk: Path, private_cache: Path) -> None:
    """The tiny Llama was laid out on the Disk page before."""
    shutil.copytree(first_disk, private_cache, dirs_exist_ok=True)


@pytest.fixture
def run(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> str:
    """A finished fine-tune of the tiny Llama."""
    return finished_run(tiny_llama, tiny_adapters)
