"""Fixtures shared by all tests: a private cache, no network, and tiny checkpoints of several architectures built from their configs."""

from __future__ import annotations

import os
import tempfile

# read once, when huggingface_hub is imported: no network, and neither the cache nor the tokens of whoever runs the tests
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="hypviz-hf-")
os.environ["HYPVIZ_DEVICE"] = "cpu"  # tests of exact numbers have one device; those of the choice take it away
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models gain nothing from threads, and waiting threads starve the other core
os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # nor do small loops; with two threads they run in tests/test_threads.py
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from hypviz.records import Record, Stored
from tests.browser.showing import tell
from tests.checkpoints import build_checkpoint
from tests.remembered import found_out_once  # noqa: F401 -- a fixture of every test
from tests.sharing_out import ByFile

settings.register_profile("hypviz", deadline=None)  # a busy machine is no fault of an example
settings.load_profile("hypviz")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Share the tests out by file."""
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test of a page says what the page showed."""
    report = yield
    tell(item, report)
    return report


def pytest_sessionfinish() -> None:
    """Remove the private home of the hub client."""
    shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def what_is_written_can_be_read() -> Iterator[None]:
    """Every record that a test writes is what its annotations say: it is read back at once, and a refusal is the writer's fault."""
    to_json, to_store = Record.to_json, Record.to_store

    def checked_json(record: Record) -> str:
        text = to_json(record)
        type(record).from_json(text)
        return text

    def checked_store(record: Record) -> Stored:
        stored = to_store(record)
        type(record).from_store(stored)
        return stored

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Record, "to_json", checked_json)
        patch.setattr(Record, "to_store", checked_store)
        yield


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh store for every test; returns its root."""
    root = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("HYPVIZ_CACHE", str(root))
    return root


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``checkpoint_folder(architecture, sharded=False)``: a folder built once per run; copy it before changing it.

    Architectures: ``llama`` (untied), ``gpt2`` (tied, Conv1D), ``qwen3`` (tied), ``gemma3`` (tied, scaled embeddings).
    """
    built: dict[tuple[str, bool], Path] = {}

    def folder(architecture: str, sharded: bool = False) -> Path:
        key = (architecture, sharded)
        if key not in built:
            built[key] = build_checkpoint(tmp_path_factory.mktemp(f"{architecture}-checkpoint") / architecture, architecture, sharded)
        return built[key]

    return folder


@pytest.fixture(scope="session")
def tiny_llama(checkpoint_folder: Callable[..., Path]) -> Path:
    """The folder of a tiny untied Llama with a byte-level tokenizer."""
    return checkpoint_folder("llama")
