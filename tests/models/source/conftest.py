"""A local server that plays the hub, and a process of its own that asks it, because where the hub is, is read at import."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models.source.hub_server import Hub

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def hub(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> Iterator[Hub]:
    single = Path(shutil.copytree(checkpoint_folder("llama"), tmp_path / "single"))
    for name in ("README.md", "pytorch_model.bin", "consolidated.safetensors"):
        (single / name).write_bytes(b"not needed" * 1000)
    pickle = tmp_path / "pickle"
    pickle.mkdir()
    for name in ("config.json", "tokenizer.json", "pytorch_model.bin"):
        (pickle / name).write_bytes(b"{}")
    code = Path(shutil.copytree(checkpoint_folder("llama"), tmp_path / "code"))
    config = json.loads((code / "config.json").read_text(encoding="utf-8"))
    (code / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModelForCausalLM": "m.X"}}), encoding="utf-8")
    folders = {
        "org/single": single,
        "org/sharded": checkpoint_folder("qwen3", True),
        "org/gated": single,
        "org/pickle": pickle,
        "org/code": code,
        "org/empty": tmp_path / "empty",
    }
    folders["org/empty"].mkdir()
    server = Hub(folders, safetensors_counts={"org/single": {"BF16": 44512}, "org/gated": {"BF16": 44512}})
    yield server
    server.close()


@pytest.fixture
def ask(hub: Hub, tmp_path: Path, private_cache: Path) -> Ask:
    """``ask((function, MODEL, revision), ..., endpoint=..., offline=...)`` runs the requests in one fresh process."""

    def run(*requests: tuple[str, str, str | None], endpoint: str | None = None, offline: bool = False) -> list[dict[str, Any]]:
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k != "HF_TOKEN"}
        env |= {"HF_ENDPOINT": endpoint or hub.endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": str(int(offline))}
        env |= {"HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
        client = Path(__file__).with_name("hub_client.py")
        done = subprocess.run([sys.executable, client], input=json.dumps(requests), env=env, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
