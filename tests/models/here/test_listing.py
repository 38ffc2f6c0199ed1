"""The list of models on this machine: whole ones first, each broken one with its reason, and nothing is read but names and first bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from hypviz.errors import ModelError
from hypviz.models.here import listing
from hypviz.models.here.hub_cache import cached_models, fetched_vocabularies
from hypviz.models.here.listing import models_here
from hypviz.models.source.parsing import parse_source
from hypviz.records.local_models import LocalModel
from hypviz.work import Deadline
from tests.models.here.stores import folder, gguf, safetensors, snapshot

COMMIT, OTHER = "0123456789abcdef0123456789abcdef01234567", "f" * 40
TERABYTE = 10**12


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's folder; no other store has a model."""
    root = tmp_path / "the models 😀"
    root.mkdir()
    monkeypatch.setenv("HYPVIZ_MODELS", str(root))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "none"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return root


def by_name(models: tuple[LocalModel, ...] | list[LocalModel]) -> dict[str, LocalModel]:
    return {each.name: each for each in models}


def test_the_hub_cache_is_listed_by_commit_and_branch(tmp_path: Path) -> None:
    snapshot(tmp_path, "org/whole", COMMIT, size=5000)
    snapshot(tmp_path, "org/whole", OTHER, branch="pr/1", size=7000)
    snapshot(tmp_path, "gpt2", COMMIT)
    snapshot(tmp_path, "org/files", COMMIT, ggufs=("a.Q4_0.gguf", "sub/b.gguf"))
    (tmp_path / "datasets--org--set").mkdir()
    (tmp_path / "version.txt").write_text("1", encoding="utf-8")
    found = cached_models(tmp_path)
    assert {(each.source, each.branches, each.size, each.holds) for each in found} == {
        (f"org/whole@{COMMIT}", ("main",), 5000, "safetensors"),
        (f"org/whole@{OTHER}", ("pr/1",), 7000, "safetensors"),
        (str(tmp_path / "models--gpt2" / "snapshots" / COMMIT), ("main",), 1000, "safetensors"),
        (f"org/files/a.Q4_0.gguf@{COMMIT}", ("main",), 1000, "GGUF"),
        (f"org/files/sub/b.gguf@{COMMIT}", ("main",), 1000, "GGUF"),
    }
    assert not any(each.problem for each in found)


def test_what_is_not_whole_in_the_cache_is_told_and_can_be_finished(tmp_path: Path) -> None:
    (snapshot(tmp_path, "org/begun", COMMIT) / "model.safetensors").unlink()
    (snapshot(tmp_path, "org/broken-off", COMMIT) / "model.safetensors").unlink()
    (tmp_path / "models--org--broken-off" / "blobs" / "x.incomplete").write_bytes(b"")
    (tmp_path / "models--org--dangling" / "snapshots" / COMMIT).mkdir(parents=True)
    (tmp_path / "models--org--dangling" / "snapshots" / COMMIT / "m.gguf").symlink_to("../../blobs/gone")
    pickle = snapshot(tmp_path, "org/pickle", COMMIT)
    (pickle / "model.safetensors").rename(pickle / "pytorch_model.bin")
    found = by_name(cached_models(tmp_path))
    assert {name: each.problem for name, each in found.items()} == {
        "org/begun": "its weights were not downloaded",
        "org/broken-off": "its download was not finished",
        "org/dangling/m.gguf": "its file is gone",
        "org/pickle": "weights only as pickle, which is not opened",
    }
    assert [name for name, each in found.items() if not each.can_finish] == ["org/pickle"]


def test_a_folder_of_the_cache_that_is_no_folder_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "models--org--odd" / "snapshots" / COMMIT).mkdir(parents=True)
    (tmp_path / "models--org--odd" / "refs").write_text("no folder", encoding="utf-8")
    (tmp_path / "models--org--file").write_text("", encoding="utf-8")
    (tmp_path / "models--org--bare").mkdir()
    assert [(each.name, each.problem) for each in cached_models(tmp_path)] == [("org/odd", "its weights were not downloaded")]
    assert cached_models(tmp_path / "not there") == []


def test_vocabularies_that_were_fetched_alone_are_listed(private_cache: Path) -> None:
    place = private_cache / "vocabularies" / "org--name"
    for name in (COMMIT, f"{COMMIT}-500", f"{OTHER}.part"):
        folder(place / name)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    assert [(each.source, each.holds, each.branches) for each in fetched_vocabularies()] == [
        (f"org/name@{COMMIT}#vocabulary", "vocabulary only", ("main",)),
        (f"org/name@{COMMIT}#vocabulary=500", "first 500 tokens", ("main",)),
    ]


def test_folders_and_files_below_a_root_are_found_at_any_depth(roots: Path) -> None:
    folder(roots / "a model", 1234)
    folder(roots / "runs 😀" / "checkpoint-500", shards=3)
    gguf(roots / "x" / "y" / "z.gguf", 99)
    folder(roots / ".hidden" / "m")
    (roots / "an adapter").mkdir()
    safetensors(roots / "an adapter" / "adapter_model.safetensors")
    found = models_here()
    assert [(each.name, each.size, each.problem) for each in found.models] == [
        ("a model", 1234, None),
        ("runs 😀/checkpoint-500", 3000, None),
        ("x/y/z.gguf", 99, None),
    ]
    assert [parse_source(each.source).kind for each in found.models] == ["folder", "folder", "gguf"]
    assert found.notes == () and str(roots) in found.looked_at


def test_broken_ones_stand_last_with_a_short_reason(roots: Path) -> None:
    folder(roots / "zz whole")
    (folder(roots / "no config") / "config.json").unlink()
    (folder(roots / "no tokens") / "tokenizer.json").unlink()
    (folder(roots / "tekken") / "tokenizer.json").rename(roots / "tekken" / "tekken.json")
    (folder(roots / "shard gone", shards=4) / "model-00002-of-00004.safetensors").unlink()
    (folder(roots / "no index", shards=2) / "model.safetensors.index.json").unlink()
    (folder(roots / "bad index", shards=2) / "model.safetensors.index.json").write_text("[", encoding="utf-8")
    (folder(roots / "empty") / "model.safetensors").write_bytes(b"")
    (folder(roots / "lfs") / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0")
    hollow = folder(roots / "hollow") / "model.safetensors"
    hollow.write_bytes(b"")
    os.truncate(hollow, TERABYTE)
    gguf(roots / "hollow.gguf").write_bytes(bytes(100))
    (roots / "pickle").mkdir()
    for name in ("config.json", "pytorch_model.bin"):
        (roots / "pickle" / name).write_bytes(b"{}")
    found = models_here()
    assert found.models[0].name == "zz whole"
    assert {each.name: each.problem for each in found.models[1:]} == {
        "bad index": "model.safetensors.index.json cannot be used",
        "empty": "model.safetensors is empty",
        "hollow": "model.safetensors is no safetensors file, or cut short",
        "hollow.gguf": "hollow.gguf is no GGUF file",
        "lfs": "model.safetensors is a Git LFS pointer",
        "no config": "no config.json",
        "no index": "no model.safetensors and no model.safetensors.index.json",
        "no tokens": "no tokenizer.json",
        "pickle": "weights only as pickle, which is not opened",
        "shard gone": "1 of 4 weight files are missing",
        "tekken": "only tekken.json, no tokenizer.json",
    }


def test_a_link_out_of_a_root_is_named_and_refused_and_one_within_is_not(roots: Path, tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside")
    gguf(tmp_path / "secret.gguf")
    within = folder(roots / "within")
    (roots / "by link").symlink_to(outside)
    (roots / "again").symlink_to(within)
    (roots / "file.gguf").symlink_to(tmp_path / "secret.gguf")
    (roots / "loop").symlink_to(roots / "loop")
    inner = folder(roots / "inner")
    (inner / "model.safetensors").unlink()
    (inner / "model.safetensors").symlink_to(outside / "model.safetensors")
    found = {each.name: each.problem for each in models_here().models}
    out = "a link that leads out of the folder"
    assert found == {"within": None, "by link": out, "file.gguf": out, "inner": "model.safetensors leads out of the folder"}
    for name in ("by link", "file.gguf", "inner"):
        with pytest.raises(ModelError, match=r"out of the folders that HYPVIZ_MODELS names .*copy the model into one of them"):
            parse_source(str(roots / name))
    assert parse_source(str(roots / "again")).folder == within
    assert parse_source(str(outside)).folder == outside  # what is written elsewhere is not the roots' matter


def test_a_folder_that_may_not_be_written_is_listed_and_one_that_may_not_be_read_is_told(
    roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readable = folder(roots / "read only")
    readable.chmod(0o555)
    folder(roots / "closed")
    real = os.scandir

    def refusing(path: object = "."):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)  # pyright: ignore[reportArgumentType, reportCallIssue]

    monkeypatch.setattr(os, "scandir", refusing)
    found = models_here()
    assert [each.name for each in found.models] == ["read only"]
    assert found.notes == (f"The folder {roots / 'closed'} cannot be read; check its permissions.",)
    folder(roots / "also closed")
    (two,) = models_here().notes
    assert two.startswith(f"2 folders below {roots} cannot be read (the first: ") and two.endswith("check their permissions.")


def test_a_root_that_is_not_there_and_a_cache_that_cannot_be_read_are_sentences(roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(roots)

    def closed(cache: Path) -> list[LocalModel]:
        raise PermissionError(13, "Permission denied", str(cache))

    monkeypatch.setattr(listing, "cached_models", closed)
    notes = models_here().notes
    assert any("cannot be looked through (Permission denied)" in note for note in notes)
    assert any(f"HYPVIZ_MODELS names {roots}, which is no folder" in note for note in notes)


def test_a_root_too_large_for_the_time_says_how_far_it_came(roots: Path) -> None:
    folder(roots / "m")
    found = models_here(Deadline(0.0, clock=lambda: 0.0))
    assert found.models == () and "name folders further inside it" in found.notes[0]


def test_thousands_are_listed_and_a_folder_named_twice_is_listed_once(roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(2000):
        gguf(roots / f"{k % 40}" / f"{k:04d}.gguf", 30)
    monkeypatch.setenv("HYPVIZ_MODELS", os.pathsep.join([str(roots), str(roots / "7"), ""]))
    assert len(models_here().models) == 2000


def test_a_name_that_is_no_text_is_shown_in_part_and_cannot_be_given(roots: Path) -> None:
    place = os.fsencode(roots) + b"/caf\xe9.gguf"
    with open(place, "wb") as stream:
        stream.write(b"GGUF" + bytes(20))
    (model,) = models_here().models
    assert (model.name, model.problem) == ("caf?.gguf", "its name is not UTF-8; rename it")


def test_a_cache_that_names_nobodys_home_is_one_sentence_and_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYPVIZ_CACHE", "~nobody-has-this-name/cache")
    (said,) = [note for note in models_here().notes if "HYPVIZ_CACHE" in note]
    assert said.endswith("and there is no such user on this machine; set HYPVIZ_CACHE to a folder.")
    assert not list(tmp_path.iterdir())


def test_a_root_that_cannot_even_be_looked_up_is_one_short_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPVIZ_MODELS", os.pathsep.join(["/" + "a" * 5000, "~nobody-has-this-name"]))
    said = [note for note in models_here().notes if "HYPVIZ_MODELS names" in note]
    assert len(said) == 2 and all("which is no folder" in note and len(note) < 300 for note in said)
