"""Models in the stores of Ollama and LM Studio are found by the layout of a made-up store, and what is not whole is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hypviz.models.source.local_stores import stored_ggufs
from hypviz.models.source.parsing import parse_source


def blob(root: Path, digest: str) -> Path:
    file = root / "blobs" / f"sha256-{digest}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF" + bytes(20))
    return file


def manifest(root: Path, where: str, digest: str, kind: str = "application/vnd.ollama.image.model") -> None:
    file = root / "manifests" / where
    file.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:77"},
        {"mediaType": kind, "digest": f"sha256:{digest}"},
    ]
    file.write_text(json.dumps({"schemaVersion": 2, "layers": layers}), encoding="utf-8")


@pytest.fixture(autouse=True)
def no_store_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_MODELS", raising=False)


def test_a_machine_without_stores_has_none(tmp_path: Path) -> None:
    assert stored_ggufs(tmp_path) == ()


def test_models_are_found_by_their_names_and_can_be_given_as_model(tmp_path: Path) -> None:
    root = tmp_path / ".ollama" / "models"
    first, second = blob(root, "0a"), blob(root, "0b")
    manifest(root, "registry.ollama.ai/library/smollm2/135m", "0a")
    manifest(root, "registry.ollama.ai/someone/tuned/latest", "0b")
    studio = tmp_path / ".lmstudio" / "models" / "publisher" / "model" / "m.Q4_K_M.gguf"
    studio.parent.mkdir(parents=True)
    for name in (studio.name, "mmproj-m.gguf", "notes.txt"):
        studio.with_name(name).write_bytes(b"GGUF" + bytes(7))
    found = stored_ggufs(tmp_path)
    assert [(each.program, each.name, each.file, each.size) for each in found] == [
        ("LM Studio", "publisher/model/m.Q4_K_M.gguf", studio, 11),
        ("Ollama", "smollm2:135m", first, 24),
        ("Ollama", "someone/tuned:latest", second, 24),
    ]
    assert [parse_source(str(each.file)).kind for each in found] == ["gguf"] * 3


def test_what_is_not_whole_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / ".ollama" / "models"
    blob(root, "0a")
    manifest(root, "registry.ollama.ai/library/gone/latest", "99")
    manifest(root, "registry.ollama.ai/library/adapter/latest", "0a", kind="application/vnd.ollama.image.adapter")
    manifest(root, "registry.ollama.ai/library/outside/latest", "../../../0a")
    for name, text in {"broken": "{", "list": "[]", "layers": '{"layers": 3}', "strange": '{"layers": [1, null]}'}.items():
        file = root / "manifests" / "registry.ollama.ai" / "library" / name / "latest"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    (root / "manifests" / ".DS_Store").write_bytes(b"\x00")
    assert stored_ggufs(tmp_path) == ()


def test_the_variable_moves_ollamas_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob(tmp_path / "big disk", "0a")
    manifest(tmp_path / "big disk", "registry.ollama.ai/library/m/latest", "0a")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "big disk"))
    assert [each.name for each in stored_ggufs(tmp_path / "home")] == ["m:latest"]
