"""What is known of a model is found once: one skeleton and one reading of each table, whoever asks and from whichever thread."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModelForCausalLM

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint import values
from hypviz.models.checkpoint.contents import file_contents
from hypviz.models.live.description import linear_shapes, vocabulary_size
from hypviz.records.models import ModelRef


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often an architecture was built and the numbers of a tensor were read."""
    seen = {"built": 0, "read": 0}
    build, read = AutoModelForCausalLM.from_config, values.read_float32

    def built(*args, **options):
        seen["built"] += 1
        return build(*args, **options)

    def was_read(tensor):
        seen["read"] += 1
        return read(tensor)

    monkeypatch.setattr(AutoModelForCausalLM, "from_config", built)
    monkeypatch.setattr(values, "read_float32", was_read)
    yield seen


def fresh(folder: Path, tmp_path: Path) -> ModelRef:
    """The model in a folder that nobody has looked at yet."""
    return models.resolve(str(shutil.copytree(folder, tmp_path / "fresh")))


def test_a_model_is_built_once_and_its_table_read_once(checkpoint_folder: Callable[..., Path], tmp_path: Path, counted) -> None:
    ref = fresh(checkpoint_folder("qwen3"), tmp_path)
    counted.update(built=0, read=0)  # making the checkpoint builds it too
    models.summarise(ref)
    file_contents(ref)
    models.read_token_table(ref)
    vocabulary_size(ref)
    linear_shapes(ref)
    first = models.read_embeddings(ref)
    again = models.read_embeddings(ref, output=True)
    assert np.shares_memory(first.values, again.values), "one table serves as both"
    assert counted == {"built": 1, "read": 1}


def test_two_tables_are_read_once_each(tiny_llama: Path, tmp_path: Path, counted) -> None:
    ref = fresh(tiny_llama, tmp_path)
    for _ in range(2):
        assert not np.array_equal(models.read_embeddings(ref).values, models.read_embeddings(ref, output=True).values)
    assert counted == {"built": 1, "read": 2}


def test_threads_wait_for_the_first(tiny_llama: Path, tmp_path: Path, counted) -> None:
    ref = fresh(tiny_llama, tmp_path)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: models.read_embeddings(ref).values, range(8)))
    assert all(values is found[0] for values in found)
    assert counted == {"built": 1, "read": 1}


def test_changed_files_are_another_model(tiny_llama: Path, tmp_path: Path) -> None:
    ref = fresh(tiny_llama, tmp_path)
    before = models.read_embeddings(ref).values
    from safetensors.torch import load_file, save_file

    weights = Path(ref.path) / "model.safetensors"
    save_file({name: value * 2 for name, value in load_file(weights).items()}, weights, metadata={"format": "pt"})
    np.testing.assert_array_equal(models.read_embeddings(models.resolve(ref.path)).values, 2 * before)


def test_a_refusal_is_not_kept(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = fresh(tiny_llama, tmp_path)
    with monkeypatch.context() as little:
        little.setattr("hypviz.models.live.memory.available_memory", lambda: 1000)
        with pytest.raises(ModelError, match="are free"):
            models.read_embeddings(ref)
    assert len(models.read_embeddings(ref).values) == models.summarise(ref).vocab_size


def test_rows_in_memory_make_room_for_a_model(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted) -> None:
    ref = fresh(tiny_llama, tmp_path)
    models.read_embeddings(ref)
    answers = iter([1000, 10**9, 10**9])
    monkeypatch.setattr("hypviz.models.live.memory.available_memory", lambda: next(answers))
    models.load_model(ref)
    read = counted["read"]
    models.read_embeddings(ref)
    assert counted["read"] == read + 1, "the rows had been let go"
