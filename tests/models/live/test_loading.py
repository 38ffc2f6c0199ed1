"""The loaded model, its summary, its fingerprint, and the refusals that only loading can make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint import fingerprints
from hypviz.records.models import LoadCost, ModelRef, ModelSummary
from tests.checkpoints import HIDDEN, LAYERS, PADDING_ROWS
from tests.models.checkpoint.test_embeddings import rewrite
from tests.watching import Watcher

LLAMA_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.mark.parametrize(
    ("architecture", "name", "tied", "dtype", "linear"),
    [
        ("llama", "LlamaForCausalLM", False, "bfloat16", LLAMA_LINEAR),
        ("gpt2", "GPT2LMHeadModel", True, "float32", ("c_attn", "c_proj", "c_fc")),
        ("qwen3", "Qwen3ForCausalLM", True, "bfloat16", LLAMA_LINEAR),
        ("gemma3", "Gemma3ForCausalLM", True, "bfloat16", LLAMA_LINEAR),
    ],
)
def test_summary(
    checkpoint_folder: Callable[..., Path], architecture: str, name: str, tied: bool, dtype: str, linear: tuple[str, ...]
) -> None:
    ref = models.resolve(str(checkpoint_folder(architecture)))
    summary = models.summarise(ref)
    assert (summary.architecture, summary.tied, summary.dtype, summary.linear_names) == (name, tied, dtype, linear)
    assert (summary.hidden_size, summary.n_layers, summary.max_positions) == (HIDDEN, LAYERS, 256)
    assert summary.vocab_size == len(models.load_tokenizer(ref)) + PADDING_ROWS
    assert ModelSummary.from_json(summary.to_json()) == summary


def test_the_model_answers_in_evaluation_mode_and_in_the_dtype_asked_for(tiny_llama: Path) -> None:
    ref = models.resolve(str(tiny_llama))
    for dtype, expected in (("auto", torch.bfloat16), ("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        model = models.load_model(ref, dtype=dtype)
        assert model.dtype == expected and not model.training
    with torch.no_grad():
        logits = model(torch.tensor([[1, 2, 3]])).logits
    assert logits.shape == (1, 3, 405) and bool(torch.isfinite(logits).all())


def test_not_enough_memory_is_said_before_loading(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = models.resolve(str(tiny_llama))
    monkeypatch.setattr("hypviz.models.live.memory.available_memory", lambda: 1000)
    for load in (models.load_model, models.read_embeddings):
        with pytest.raises(ModelError, match=r"needs [\d.]+ kB of memory and 1\.0 kB are free"):
            load(ref)


def test_weights_that_lack_a_tensor_are_not_filled_with_noise(tiny_llama: Path, tmp_path: Path) -> None:
    lost = "model.layers.1.mlp.up_proj.weight"
    copy = rewrite(tiny_llama, tmp_path / "llama", lambda t: {k: v for k, v in t.items() if k != lost})
    with pytest.raises(ModelError, match=rf"lack 1 tensors .*first: {lost}"):
        models.load_model(models.resolve(copy))


def test_fingerprint_follows_content_not_place(tiny_llama: Path, tmp_path: Path) -> None:
    first = models.resolve(str(tiny_llama))
    copy = Path(shutil.copytree(tiny_llama, tmp_path / "elsewhere"))
    assert models.resolve(str(copy)).fingerprint == first.fingerprint
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    changed = models.resolve(str(copy)).fingerprint
    assert changed != first.fingerprint
    (copy / "tokenizer.json").write_text((copy / "tokenizer.json").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert models.resolve(str(copy)).fingerprint not in (first.fingerprint, changed)


def test_large_weights_count_by_their_ends_and_say_so(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "FULL_HASH_LIMIT", 10_000)
    copy = Path(shutil.copytree(tiny_llama, tmp_path / "large"))
    first = models.resolve(str(copy)).fingerprint
    assert first.startswith("p") and len(first) == 65
    os.utime(copy / "model.safetensors", ns=(1, 1))
    assert models.resolve(str(copy)).fingerprint != first


def test_a_digest_is_computed_once_per_size_and_time(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = models.resolve(str(tiny_llama)).fingerprint
    monkeypatch.setattr(fingerprints, "_full_digest", lambda file: pytest.fail("hashed again"))
    assert models.resolve(str(tiny_llama)).fingerprint == first


def test_progress_counts_bytes_to_the_end(tiny_llama: Path) -> None:
    work = Watcher()
    models.resolve(str(tiny_llama), work=work)
    seen = [(done, total) for done, total, _ in work.reports]
    assert seen[0][0] == 0 and seen[-1][0] == seen[-1][1] > 0
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


@pytest.mark.parametrize(
    ("kind", "source", "path", "label"),
    [
        ("bundled", "bundled", "/x/hypviz/bundled/model", "bundled"),
        ("folder", "models/mine/", "/x/models/mine", "mine"),
        ("hub", "org/name@abc", "/cache/snapshots/abc", "org/name"),
    ],
)
def test_labels_are_short(kind: str, source: str, path: str, label: str) -> None:
    ref = ModelRef(source=source, kind=kind, path=path, revision=None, dtype="bfloat16", fingerprint="f")
    assert ref.label == label
    assert ModelRef.from_json(ref.to_json()) == ref


def test_sizes_are_written_for_people() -> None:
    shown = [models.show_size(n) for n in (0, 999, 1000, 6_912_345, 16_060_000_000, 3 * 10**12)]
    assert shown == ["0 bytes", "999 bytes", "1.0 kB", "6.9 MB", "16.1 GB", "3.0 TB"]
    cost = LoadCost(bytes_to_read=1, bytes_to_download=0, memory_bytes=2, n_files=3, n_parameters=4)
    assert LoadCost.from_json(cost.to_json()) == cost


def test_threads_that_import_transformers_at_the_same_time_all_get_it() -> None:
    code = (
        "import threading\n"
        "from hypviz.models.live.libraries import transformers_library\n"
        "found = []\n"
        "threads = [threading.Thread(target=lambda: found.append(transformers_library().AutoModelForCausalLM)) for _ in range(4)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert len(found) == 4"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[3], capture_output=True)
