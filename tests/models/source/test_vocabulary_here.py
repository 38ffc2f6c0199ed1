"""The vocabulary of a hub model within this process: nothing stray in it, one fetch at a time, no needless question."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hypviz import models
from hypviz.errors import ModelError, Stopped
from hypviz.models.source import vocabulary
from hypviz.models.source.hub_errors import USUAL, how_asked
from hypviz.models.source.parsing import parse_source
from hypviz.store.locks import try_lock
from hypviz.work import Work
from tests.models.source.hub_here import COMMIT, HubHere, hub_here

SOURCE = "org/single#vocabulary"
OTHER = "f" * 40


@pytest.fixture
def hub(checkpoint_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubHere:
    return hub_here(monkeypatch, tmp_path / "hub", single=checkpoint_folder("llama"), sharded=checkpoint_folder("qwen3", True))


def contents(folder: str) -> dict[str, int]:
    return {each.name: each.stat().st_mtime_ns for each in Path(folder).iterdir()}


@pytest.mark.parametrize("source", [SOURCE, "org/sharded#vocabulary", "org/single#vocabulary=50"])
def test_a_finished_folder_stays_as_it_is_when_its_cost_is_asked_again(hub: HubHere, source: str) -> None:
    first = models.estimate(source)
    ref = models.resolve(source)
    before, asked = contents(ref.path), hub.sent
    assert not any(name.endswith((".header", ".json.part", ".lock")) or "etag" in name for name in before)
    again = models.estimate(source)
    assert contents(ref.path) == before and hub.sent == asked
    assert (again.n_parameters, again.memory_bytes, again.commit) == (first.n_parameters, first.memory_bytes, COMMIT)
    assert first.bytes_to_download > 0 and again.bytes_to_download == 0
    assert models.resolve(source) == ref and contents(ref.path) == before


def test_asking_the_cost_fetches_no_tokenizer_and_makes_no_folder(hub: HubHere, private_cache: Path) -> None:
    models.estimate(SOURCE)
    assert [line for line in hub.asked if line.startswith("file")] == ["file config.json"]
    assert [each.name for each in (private_cache / "vocabularies" / "org--single").iterdir()] == ["headers"]


def test_of_two_that_fetch_the_same_one_waits_and_takes_what_the_other_has(hub: HubHere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "_LOOK_S", 0.01)
    folder = vocabulary._folder(parse_source(SOURCE), COMMIT)
    folder.parent.mkdir(parents=True)
    lock = try_lock(folder.with_name(f"{folder.name}.lock"))
    assert lock is not None
    waiting, found = threading.Event(), list[str]()

    def heard(done: float, total: float, text: str) -> None:
        if "another process" in text:
            waiting.set()

    def fetch() -> None:
        found.append(models.resolve(SOURCE, work=Work(on_report=heard)).path)

    second = threading.Thread(target=fetch)
    second.start()
    assert waiting.wait(60)
    lock.release()
    first = models.resolve(SOURCE).path
    second.join(60)
    assert found == [first] and (Path(first) / "model.safetensors").is_file()
    table = 405 * 32 * 2
    assert 2 * table <= hub.sent < 2 * table + 200_000  # fetched once


def test_who_waits_can_be_stopped(hub: HubHere) -> None:
    folder = vocabulary._folder(parse_source(SOURCE), COMMIT)
    folder.parent.mkdir(parents=True)
    lock = try_lock(folder.with_name(f"{folder.name}.lock"))
    assert lock is not None
    with pytest.raises(Stopped):
        models.resolve(SOURCE, work=Work(asked_to_stop=lambda: True))
    lock.release()


def test_a_commit_that_was_fetched_is_not_asked_for_again_and_a_branch_is_as_it_was_where_nobody_answers(hub: HubHere) -> None:
    ref = models.resolve(SOURCE)
    asked = len(hub.asked)
    pinned = models.resolve(f"org/single@{COMMIT}#vocabulary")
    assert (pinned.path, len(hub.asked)) == (ref.path, asked)
    hub.is_gone = True
    cost = models.estimate(SOURCE)
    assert cost.as_downloaded and cost.commit == COMMIT and models.resolve(SOURCE).path == ref.path
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        models.estimate("org/single@v1#vocabulary")


def test_a_branch_that_moved_on_is_another_folder(hub: HubHere) -> None:
    first = models.resolve(SOURCE)
    hub.commit = OTHER
    second = models.resolve(SOURCE)
    assert (first.revision, second.revision) == (COMMIT, OTHER) and first.path != second.path
    assert models.resolve(SOURCE, download=False).revision == OTHER


def test_a_whole_commit_that_lies_here_is_not_asked_for(hub: HubHere) -> None:
    online = models.resolve("org/single")
    asked = len(hub.asked)
    source = f"org/single@{COMMIT}"
    assert models.resolve(source).fingerprint == online.fingerprint
    cost = models.estimate(source)
    assert (cost.commit, cost.bytes_to_download, cost.as_downloaded, len(hub.asked)) == (COMMIT, 0, False, asked)
    hub.is_gone = True
    late = models.estimate("org/single")
    assert late == dataclasses.replace(cost, as_downloaded=True)
    assert models.estimate("org/single", revision="main").commit == COMMIT
    for ask in (models.estimate, models.resolve):
        with pytest.raises(ModelError, match=r"HF_HUB_OFFLINE forbids .*; on this machine is org/single@main\.$"):
            ask("org/single@other")


def test_a_download_that_was_not_finished_is_none(hub: HubHere) -> None:
    ref = models.resolve("org/sharded")
    next(Path(ref.path).glob("model-*.safetensors")).unlink()
    with pytest.raises(ModelError, match="is not on this machine yet"):
        models.resolve("org/sharded", download=False)
    assert models.resolve(f"org/sharded@{COMMIT}").fingerprint == ref.fingerprint


def test_what_is_unusual_about_the_hub_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "HF_HUB_OFFLINE is set" in str(how_asked())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", USUAL)
    assert how_asked() is None
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://mirror.example")
    assert "https://mirror.example, as HF_ENDPOINT says" in str(how_asked())


def test_a_config_that_is_no_object_is_told(hub: HubHere, tmp_path: Path) -> None:
    for k, text in enumerate(("{", "[]")):
        folder = tmp_path / f"odd{k}"
        folder.mkdir()
        for name in ("tokenizer.json", "model.safetensors"):
            (folder / name).write_text("{}", encoding="utf-8")
        (folder / "config.json").write_text(text, encoding="utf-8")
        hub.folders[f"org/odd{k}"] = folder
        with pytest.raises(ModelError, match=rf"config.json of org/odd{k} is not"):
            models.estimate(f"org/odd{k}")


def test_a_cache_that_may_not_be_written_is_read_all_the_same(hub: HubHere, monkeypatch: pytest.MonkeyPatch) -> None:
    first = models.resolve("org/single")

    def refuse(path: Path, data: bytes | str) -> None:
        raise PermissionError(30, "Read-only file system", str(path))

    monkeypatch.setattr("hypviz.models.source.hub.write_atomically", refuse)
    assert models.resolve("org/single").fingerprint == first.fingerprint
