"""Weight files as they should not be: each is one sentence that names the file, in little memory, before anything is loaded."""

from __future__ import annotations

import json
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.headers import read_float32
from tests.models.checkpoint.test_folders import refusal

SHARD = "model-00002-of-00003.safetensors"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def sharded(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint_folder("qwen3", True), tmp_path / "qwen3"))


@pytest.fixture
def single(tiny_llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llama, tmp_path / "llama"))


def with_index(folder: Path, change: Callable[[dict[str, str]], None]) -> None:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    change(index["weight_map"])
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def test_an_index_that_names_files_that_are_not_there(sharded: Path) -> None:
    with_index(sharded, lambda names: names.update(dict.fromkeys(names, "pytorch_model-1.safetensors")))
    assert "lacks 1 of its 1 weight files (pytorch_model-1.safetensors)" in refusal(sharded)


def test_an_index_that_puts_a_tensor_into_another_shard(sharded: Path) -> None:
    def swap(names: dict[str, str]) -> None:
        first = next(name for name, file in names.items() if file != SHARD)
        names[first] = SHARD

    with_index(sharded, swap)
    assert "lack 1 tensors that their index lists" in refusal(sharded)


def test_a_tensor_that_the_index_does_not_know_is_read_all_the_same(sharded: Path) -> None:
    names = models.resolve(str(sharded))
    with_index(sharded, lambda known: [known.pop(name) for name in list(known) if "layers.1." in name] and None)
    assert models.summarise(models.resolve(str(sharded))) == models.summarise(names)


@pytest.mark.parametrize("by", [1, 100])
def test_a_shard_that_is_cut(sharded: Path, by: int) -> None:
    os.truncate(sharded / SHARD, (sharded / SHARD).stat().st_size - by)
    assert f"{SHARD} is cut short" in refusal(sharded)


def header(folder: Path, length: int, body: bytes, size: int) -> Path:
    """A weight file of `size` bytes, sparse behind its header, which claims to take `length`."""
    file = folder / "model.safetensors"
    with open(file, "wb") as stream:
        stream.write(length.to_bytes(8, "little") + body)
        stream.truncate(size)
    return file


def test_a_header_of_a_hundred_megabytes_is_not_read(single: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    header(single, 100_000_001, b"{", 200_000_000)
    assert "its header should take 100,000,001 bytes" in refusal(single)
    header(single, 99_999_990, b'{"a":' + b"[" * 1000, 200_000_000)
    assert "is damaged" in refusal(single)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800_000  # kB; the second is read, as far as it goes


def test_a_sparse_file_of_a_terabyte_is_not_read(single: Path) -> None:
    body = b'{"model.embed_tokens.weight":{"dtype":"BF16","shape":[405,32],"data_offsets":[0,25920]}}'
    try:
        header(single, len(body), body, 1 << 40)
    except OSError:
        pytest.skip("this file system has no sparse files of this size")
    assert "bytes that belong to no tensor" in refusal(single)
    whole = body.replace(b"[405,32]", b"[405,1000000000]").replace(b"25920", b"810000000000")
    header(single, len(whole), whole, 8 + len(whole) + 810_000_000_000)
    with pytest.raises(
        ModelError, match=r"stores model\.embed_tokens\.weight as \[405, 1000000000\] but config\.json asks for \[405, 32\]"
    ):
        models.read_embeddings(models.resolve(str(single)))


@pytest.mark.parametrize(
    ("dtype", "word"), [("F7", "does not define"), (5, "does not define"), (None, "does not define"), ("F4", "less than 8 bits")]
)
def test_an_impossible_dtype_of_one_tensor(single: Path, dtype: object, word: str) -> None:
    body = json.dumps({"model.embed_tokens.weight": {"dtype": dtype, "shape": [4], "data_offsets": [0, 2]}}).encode()
    header(single, len(body), body, 8 + len(body) + 2)
    assert word in refusal(single)


def test_a_single_file_beside_a_sharded_set_is_told(sharded: Path, checkpoint_folder: Callable[..., Path]) -> None:
    shutil.copy(checkpoint_folder("qwen3", False) / "model.safetensors", sharded)
    assert f"holds two sets of weights, model.safetensors and the 3 files of {INDEX}" in refusal(sharded)


@pytest.mark.parametrize("text", ["{", '{"weight_map": {"a": "model.safetensors"}}', '{"weight_map": {"a": "lost.safetensors"}}'])
def test_an_index_without_weights_of_its_own_beside_a_single_file_is_nothing(single: Path, text: str) -> None:
    (single / INDEX).write_text(text, encoding="utf-8")
    assert models.resolve(str(single)).dtype == "bfloat16"


@pytest.mark.parametrize("other", ["consolidated.safetensors", "consolidated.00.pth", "pytorch_model.bin", "model.gguf"])
def test_the_same_weights_in_another_format_beside_are_left_aside(single: Path, other: str) -> None:
    before = models.resolve(str(single))
    shutil.copy(single / "model.safetensors", single / other)
    after = models.resolve(str(single))
    assert after.fingerprint == before.fingerprint and models.summarise(after) == models.summarise(before)


def test_a_folder_of_mistrals_own_format_alone(single: Path) -> None:
    (single / "model.safetensors").rename(single / "consolidated.safetensors")
    assert "lacks model.safetensors; its weights lie in consolidated.safetensors under names of Mistral's own" in refusal(single)


def test_only_tekken_is_no_tokenizer_here(single: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (single / name).unlink()
    (single / "tekken.json").write_text("{}", encoding="utf-8")
    assert "lacks tokenizer.json; tekken.json is in a format of Mistral's own" in refusal(single)


def test_a_model_that_changes_while_it_is_open_is_told(single: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.models.live.memory.KEPT_WHOLE", 0)
    ref = models.resolve(str(single))
    rows = models.read_embeddings(ref).values
    first = rows[:3]
    with open(single / "model.safetensors", "r+b") as file:
        file.truncate(5000)
    with pytest.raises(ModelError, match="changed while it was read; load the model again"):
        rows[:3]
    assert first.shape == (3, 32) and "is cut short" in refusal(single)


@pytest.mark.parametrize("lost", [False, True])
def test_a_tensor_of_a_file_that_was_cut_or_taken_away_meanwhile(single: Path, lost: bool) -> None:
    tensor = open_checkpoint(single).tensors["lm_head.weight"]
    if lost:
        (single / "model.safetensors").unlink()
    else:
        os.truncate(single / "model.safetensors", tensor.stop - 1)
    with pytest.raises(ModelError, match="changed while it was read; load the model again"):
        read_float32(tensor)
