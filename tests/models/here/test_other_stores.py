"""Models in the stores of Ollama and LM Studio are found by the layout of a made-up store, and what is broken is there with its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hypviz.models.here.other_stores import stored_ggufs, stores
from hypviz.models.source.parsing import parse_source
from tests.models.here.stores import blob, gguf, manifest

LIBRARY = "registry.ollama.ai/library"


@pytest.fixture(autouse=True)
def no_store_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLLAMA_MODELS", raising=False)


def test_a_machine_without_stores_has_none(tmp_path: Path) -> None:
    assert stored_ggufs(tmp_path) == ()


def test_models_are_found_by_their_names_and_can_be_given_as_model(tmp_path: Path) -> None:
    root = tmp_path / ".ollama" / "models"
    first, second = blob(root, "0a"), blob(root, "0b")
    manifest(root, f"{LIBRARY}/smollm2/135m", "0a")
    manifest(root, "registry.ollama.ai/someone/tuned/latest", "0b")
    studio = gguf(tmp_path / ".lmstudio" / "models" / "publisher" / "model" / "m.Q4_K_M.gguf", 30)
    for name in ("mmproj-m.gguf", "notes.txt"):
        gguf(studio.with_name(name), 30)
    found = stored_ggufs(tmp_path)
    assert [(each.place, each.name, each.source, each.size, each.problem) for each in found] == [
        ("LM Studio", "publisher/model/m.Q4_K_M.gguf", str(studio), 30, None),
        ("Ollama", "smollm2:135m", str(first), 24, None),
        ("Ollama", "someone/tuned:latest", str(second), 24, None),
    ]
    assert [parse_source(each.source).kind for each in found] == ["gguf"] * 3


def test_what_is_broken_has_its_reason(tmp_path: Path) -> None:
    root = tmp_path / ".ollama" / "models"
    blob(root, "0a")
    manifest(root, f"{LIBRARY}/gone/latest", "99")
    manifest(root, f"{LIBRARY}/adapter/latest", "0a", kind="application/vnd.ollama.image.adapter")
    manifest(root, f"{LIBRARY}/outside/latest", "../../../0a")
    (root / "blobs" / "sha256-0c").write_bytes(b"")
    manifest(root, f"{LIBRARY}/hollow/latest", "0c")
    for name, text in {"broken": "{", "list": "[]", "layers": '{"layers": 3}', "strange": '{"layers": [1, null]}'}.items():
        file = root / "manifests" / LIBRARY / name / "latest"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    (root / "manifests" / ".DS_Store").write_bytes(b"\x00")
    none = "its manifest names no weights in one file"
    assert {each.name.split(":")[0]: each.problem for each in stored_ggufs(tmp_path)} == {
        "adapter": none,
        "broken": "its manifest cannot be read",
        "gone": "its weights are gone",
        "hollow": "sha256-0c is empty",
        "layers": none,
        "list": "its manifest cannot be read",
        "outside": none,
        "strange": none,
    }


def test_the_variable_moves_ollamas_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blob(tmp_path / "big disk", "0a")
    manifest(tmp_path / "big disk", f"{LIBRARY}/m/latest", "0a")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "big disk"))
    assert [each.name for each in stored_ggufs(tmp_path / "home")] == ["m:latest"]
    assert tmp_path / "big disk" in stores()


def test_lm_studio_is_followed_to_where_its_pointer_and_its_settings_lead(tmp_path: Path) -> None:
    home, moved, far = tmp_path / "home", tmp_path / "moved", tmp_path / "far away 😀"
    home.mkdir()
    (home / ".lmstudio-home-pointer").write_text(f"{moved}\n", encoding="utf-8")
    gguf(moved / "models" / "a" / "b" / "one.gguf")
    gguf(far / "a" / "b" / "two-00001-of-00002.gguf")
    gguf(far / "a" / "b" / "two-00002-of-00002.gguf")
    (moved / "settings.json").write_text(json.dumps({"downloadsFolder": str(far)}), encoding="utf-8")
    found = {each.name: each for each in stored_ggufs(home)}
    assert list(found) == ["a/b/one.gguf", "a/b/two-00001-of-00002.gguf"]
    split = found["a/b/two-00001-of-00002.gguf"]
    assert split.problem == "split in 2; join it with llama-gguf-split --merge" and split.size == 2000
    (moved / "settings.json").write_text("{", encoding="utf-8")
    assert [each.name for each in stored_ggufs(home)] == ["a/b/one.gguf"]


@pytest.mark.parametrize("chosen", [3, None, "a\0b", "~nobody-has-this-name", "x" * 5000])
def test_settings_that_name_no_folder_add_none(tmp_path: Path, chosen: object) -> None:
    base = tmp_path / ".lmstudio"
    gguf(base / "models" / "a" / "b" / "one.gguf")
    (base / "settings.json").write_text(json.dumps({"downloadsFolder": chosen}), encoding="utf-8")
    if isinstance(chosen, str):
        (tmp_path / ".lmstudio-home-pointer").write_text(chosen, encoding="utf-8")
    assert [each.name for each in stored_ggufs(tmp_path)] == ["a/b/one.gguf"]
    assert stores(tmp_path) == (base / "models",)


def test_pipes_are_not_opened_and_a_store_is_looked_through_only_as_deep_as_it_is_laid(tmp_path: Path) -> None:
    base = tmp_path / ".lmstudio"
    gguf(base / "models" / "a" / "b" / "c" / "d" / "deep.gguf")
    gguf(base / "models" / "a" / "b" / "c" / "d" / "e" / "too-deep.gguf")
    (base / "models" / "a" / "b" / "gone.gguf").symlink_to(tmp_path / "nowhere")
    for pipe in (base / "models" / "a" / "b" / "pipe.gguf", base / "settings.json", tmp_path / ".lmstudio-home-pointer"):
        os.mkfifo(pipe)
    found = {each.name: each.problem for each in stored_ggufs(tmp_path)}
    assert found == {"a/b/c/d/deep.gguf": None, "a/b/gone.gguf": "cannot be read (No such file or directory)"}


def test_a_manifest_as_large_as_a_model_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / ".ollama" / "models" / "manifests" / LIBRARY / "giant" / "latest"
    file.parent.mkdir(parents=True)
    with file.open("wb") as empty:
        empty.truncate(2**40)
    assert [each.problem for each in stored_ggufs(tmp_path)] == ["its manifest is too large to be one"]


def test_a_name_that_is_no_text_can_be_printed(tmp_path: Path) -> None:
    place = tmp_path / ".ollama" / "models" / "manifests" / LIBRARY / "m"
    place.mkdir(parents=True)
    (place / os.fsdecode(b"n\xff")).write_text("{}", encoding="utf-8")
    (found,) = stored_ggufs(tmp_path)
    assert (found.name, found.problem) == ("m:n?", "its name is not UTF-8; rename it")
    assert found.source.encode("utf-8").endswith(b"n?")
