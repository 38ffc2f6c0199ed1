"""A folder is a model or gets one sentence that says what is missing, damaged or refused."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hypviz import models
from hypviz.errors import ModelError
from tests.checkpoints import ARCHITECTURES


@pytest.fixture
def llama_copy(tiny_llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llama, tmp_path / "llama"))


def refusal(folder: Path) -> str:
    """The one sentence with which both `estimate` and `resolve` refuse a folder."""
    with pytest.raises(ModelError) as before:
        models.estimate(str(folder))
    with pytest.raises(ModelError) as loading:
        models.resolve(str(folder))
    assert str(before.value) == str(loading.value)
    assert "\n" not in str(loading.value) and str(loading.value).endswith(".")
    return str(loading.value)


def edit_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sharded", [False, True])
def test_cost_is_what_the_files_hold(checkpoint_folder: Callable[..., Path], architecture: str, sharded: bool) -> None:
    folder = checkpoint_folder(architecture, sharded)
    files = list(folder.iterdir())
    cost = models.estimate(str(folder))
    assert cost.bytes_to_read == sum(f.stat().st_size for f in files)
    assert (cost.bytes_to_download, cost.n_files) == (0, len(files))
    ref = models.resolve(str(folder))
    summary = models.summarise(ref)
    model = models.load_model(ref)
    assert cost.n_parameters == summary.n_parameters == sum(p.numel() for p in model.parameters())
    held = sum(p.numel() * 4 for p in model.parameters())  # in float32
    assert cost.memory_bytes == held + 4 * summary.vocab_size * summary.hidden_size


def test_resolving_and_estimating_read_no_weights(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models.resolve(str(tiny_llama))  # the content hash is in the store from here on
    before = _bytes_read()
    models.estimate(str(tiny_llama))
    models.resolve(str(tiny_llama))
    weights = (tiny_llama / "model.safetensors").stat().st_size
    assert _bytes_read() - before < weights


def _bytes_read() -> int:
    counters = Path("/proc/self/io")
    if not counters.exists():
        pytest.skip("this system does not count the bytes a process reads")
    return int(re.search(r"rchar: (\d+)", counters.read_text())[1])


def test_an_empty_folder_lacks_everything(tmp_path: Path) -> None:
    assert re.search(r"lacks config\.json, model\.safetensors, tokenizer\.json", refusal(tmp_path))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_each_missing_file_is_named(llama_copy: Path, name: str) -> None:
    (llama_copy / name).unlink()
    assert f"lacks {name};" in refusal(llama_copy)


def test_an_adapter_folder_is_sent_to_compare(tmp_path: Path) -> None:
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / name).write_bytes(b"{}")
    assert "looks like an adapter" in refusal(tmp_path)


def test_a_truncated_weight_file_is_found_before_loading(llama_copy: Path) -> None:
    file = llama_copy / "model.safetensors"
    os.truncate(file, file.stat().st_size - 100)
    assert re.search(r"model\.safetensors is cut short .*; copy or download it again\.$", refusal(llama_copy))


def test_a_missing_shard_is_named(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint_folder("qwen3", True), tmp_path / "qwen3"))
    (folder / "model-00002-of-00003.safetensors").unlink()
    assert "lacks 1 of its 3 weight files (model-00002-of-00003.safetensors)" in refusal(folder)


def test_a_shard_of_another_model_is_found(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint_folder("qwen3", True), tmp_path / "qwen3"))
    shutil.copy(folder / "model-00001-of-00003.safetensors", folder / "model-00002-of-00003.safetensors")
    assert "tensors that their index lists" in refusal(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"weight_map": 3}', '{"weight_map": {}}', '{"weight_map": {"a": "../../x.safetensors"}}'])
def test_a_damaged_index_is_refused(checkpoint_folder: Callable[..., Path], tmp_path: Path, text: str) -> None:
    folder = Path(shutil.copytree(checkpoint_folder("qwen3", True), tmp_path / "qwen3"))
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    assert "model.safetensors.index.json" in refusal(folder)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b""])
def test_a_damaged_config_is_named(llama_copy: Path, content: bytes) -> None:
    (llama_copy / "config.json").write_bytes(content)
    assert "config.json" in refusal(llama_copy)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": None}, "names no model_type"),
        ({"auto_map": {"AutoModelForCausalLM": "x.Y"}}, "streamlit run app.py -- --trust-remote-code"),
    ],
)
def test_configurations_that_cannot_be_used(llama_copy: Path, changes: dict[str, object], words: str) -> None:
    edit_config(llama_copy, **changes)
    assert words in refusal(llama_copy)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "no_such_architecture"}, "does not know the architecture 'no_such_architecture'"),
        ({"model_type": "vit", "architectures": []}, "is a ViTModel, which has no table of token embeddings"),
        ({"hidden_size": "many"}, "config.json of"),
        ({"num_attention_heads": 0}, "config.json of"),
    ],
)
def test_configurations_that_only_the_architecture_can_refuse(llama_copy: Path, changes: dict[str, object], words: str) -> None:
    edit_config(llama_copy, **changes)
    with pytest.raises(ModelError) as caught:
        models.summarise(models.resolve(str(llama_copy)))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_models_own_code_runs_only_when_the_operator_says_so(llama_copy: Path) -> None:
    ran = llama_copy / "ran"
    code = (
        "from pathlib import Path\n"
        "from transformers import LlamaForCausalLM\n"
        f"Path({str(ran)!r}).touch()\n"
        "class Mine(LlamaForCausalLM):\n    pass\n"
    )
    (llama_copy / "modeling_mine.py").write_text(code, encoding="utf-8")
    edit_config(llama_copy, auto_map={"AutoModelForCausalLM": "modeling_mine.Mine"})
    assert "--trust-remote-code" in refusal(llama_copy)
    assert not ran.exists()
    ref = models.resolve(str(llama_copy), trust_remote_code=True)
    assert not ran.exists()
    assert models.summarise(ref).architecture == type(models.load_model(ref)).__name__ == "Mine"
    assert ran.exists()


def test_a_pickle_is_refused_unopened_with_a_command_that_converts_it(llama_copy: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(llama_copy / "model.safetensors"), llama_copy / "pytorch_model.bin")
    (llama_copy / "model.safetensors").unlink()
    sentence = refusal(llama_copy)
    command = re.search(r"`(.+)`", sentence)[1]
    subprocess.run(shlex.split(command), check=True, cwd=tmp_path, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    target = Path(re.search(r"choose the folder (\S+)\.$", sentence)[1])
    ref = models.resolve(str(target))
    assert models.read_embeddings(ref).values.shape == (405, 32)
    assert models.read_token_table(ref).text[0] == "<|begin|>"


@pytest.mark.parametrize(
    "wrong",
    [{"eos_token_id": [-1, "a"]}, {"dtype": "float99"}, {"quantization_config": "x"}, {"num_attention_heads": 0}, {"vocab_size": "4096"}],
    ids=str,
)
def test_a_setting_of_config_json_is_not_blamed_on_the_tokenizer(llama_copy: Path, wrong: dict[str, object]) -> None:
    path = llama_copy / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong))
    with pytest.raises(ModelError) as caught:
        models.load_tokenizer(models.resolve(str(llama_copy)))
    assert "config.json of" in str(caught.value) and "The tokenizer in" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_deep_nesting_is_a_sentence(llama_copy: Path, name: str) -> None:
    (llama_copy / name).write_text("[" * 100_000)
    with pytest.raises(ModelError, match="is not readable JSON"):
        models.load_tokenizer(models.resolve(str(llama_copy)))
