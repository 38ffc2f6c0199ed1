"""A local server that plays the hub, and processes of their own that ask it, because where the hub is, is read at import."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from tests.gguf_files import write_gguf
from tests.models.source.hub_server import Hub
from tests.packed_weights import METHODS, packed_state, write_packed

Ask = Callable[..., list[dict[str, Any]]]


@dataclass(kw_only=True)
class Client:
    """A process that asks the hub at `endpoint`, and keeps what it fetched below `home`, which each test finds empty."""

    process: subprocess.Popen[str]
    home: Path

    def ask(self, requests: tuple[tuple[str, str, str | None], ...], cache: Path) -> list[dict[str, Any]]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps({"cache": str(cache), "requests": requests}) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())


@pytest.fixture(scope="session")
def server() -> Iterator[Hub]:
    """The server of all tests."""
    hub = Hub({})
    yield hub
    hub.close()


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, bool, str], Client]]:
    """``clients(endpoint, offline, name)``: the one process of this name that asks there, started when it is first wanted.

    All share one home.
    """
    home, made = tmp_path_factory.mktemp("hf"), {}

    def client(endpoint: str, offline: bool, name: str) -> Client:
        if (endpoint, offline, name) not in made:
            env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k != "HF_TOKEN"}
            env |= {"HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": str(int(offline)), "HF_HOME": str(home)}
            env |= {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
            command = [sys.executable, str(Path(__file__).with_name("hub_client.py"))]
            process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            made[endpoint, offline, name] = Client(process=process, home=home)
        return made[endpoint, offline, name]

    yield client
    for each in made.values():
        each.process.stdin.close()
        each.process.wait()


@pytest.fixture
def hub(checkpoint_folder: Callable[..., Path], tmp_path: Path, server: Hub) -> Hub:
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
    packed, _ = packed_state(load_file(single / "model.safetensors"), METHODS["mlx"][0], lambda name: "embed" in name or "head" in name)
    folders = {
        "org/packed": write_packed(checkpoint_folder("llama"), tmp_path / "packed", packed, METHODS["mlx"][1]),
        "org/single": single,
        "org/sharded": checkpoint_folder("qwen3", True),
        "org/gated": single,
        "org/pickle": pickle,
        "org/code": code,
        "org/empty": tmp_path / "empty",
        "org/gguf": write_gguf(checkpoint_folder("llama"), tmp_path / "gguf" / "sub" / "tiny.Q8_0.gguf", table="Q8_0").parents[1],
    }
    folders["org/empty"].mkdir()
    server.start_anew(folders, {"org/single": {"BF16": 44512}, "org/gated": {"BF16": 44512}})
    return server


@pytest.fixture
def ask(hub: Hub, clients: Callable[[str, bool, str], Client], private_cache: Path) -> Ask:
    """``ask((function, MODEL, revision), ..., endpoint=..., offline=..., name=...)``: the answers of the process that asks there."""
    started: set[Path] = set()

    def run(
        *requests: tuple[str, str, str | None], endpoint: str | None = None, offline: bool = False, name: str = ""
    ) -> list[dict[str, Any]]:
        client = clients(endpoint or hub.endpoint, offline, name)
        if client.home not in started:
            shutil.rmtree(client.home / "hub", ignore_errors=True)
            started.add(client.home)
        return client.ask(requests, private_cache)

    return run
