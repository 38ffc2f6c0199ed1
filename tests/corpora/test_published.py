"""Published sets by name: rows streamed at one commit and kept, found again without a network, and one sentence for every refusal."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants, errors

from hypviz.corpora import read_problems
from hypviz.corpora.published import PUBLISHED, reading
from hypviz.corpora.published.refusals import Unreachable, sentences
from hypviz.corpora.published.table import PublishedSet
from hypviz.errors import HypvizError, Stopped
from hypviz.records.problems import OPTION
from tests.models.source.hub_server import COMMIT, Hub
from tests.watching import Watcher

ARC = {"question": "What is hot?", "choices": {"text": ["ice", "fire"], "label": ["A", "B"]}, "answerKey": "B"}


@pytest.fixture(autouse=True)
def _own_store(private_cache: Path) -> None:
    """Nothing kept by another test."""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedSet:
    """A folder of rows that has the name of a set; `datasets` reads it as it reads a repository."""
    folder = tmp_path / "toy"
    folder.mkdir()
    rows = [ARC | {"question": f"What is hot, {number}?"} for number in range(4)]
    for split in ("train", "test"):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = PublishedSet(name="toy", label="Toy", repository=str(folder), note="Four rows.")
    monkeypatch.setitem(PUBLISHED, "toy", found)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(reading, "commit_of", lambda repository, revision: COMMIT)
    return found


def gone(repository: str, revision: str) -> str:
    raise ConnectionError("no network")


def test_rows_are_read_at_a_commit_which_is_said_and_stands_in_every_problem(toy: PublishedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_problems("toy", split="test", limit=3)
    assert (found.name, len(found.problems), found.problems[0].kind) == ("toy", 3, OPTION)
    assert found.notices[:2] == (f"From {toy.repository}, test split, commit {COMMIT}.", "Four rows.") and len(found.notices) == 3
    assert all(COMMIT in problem.source for problem in found.problems)
    assert len(read_problems("toy@v1").problems) == 4
    monkeypatch.setitem(PUBLISHED, "toy", dataclasses.replace(toy, test=None))
    assert read_problems("toy", split="test").notices[-2].startswith("It has no split to ask")


def test_reading_says_how_far_it_is_and_a_stop_keeps_nothing(toy: PublishedSet) -> None:
    watcher = Watcher()
    assert len(read_problems("toy", work=watcher).problems) == 4
    said = " ".join(text for _, _, text in watcher.reports)
    assert "asking the hub for" in said and "1 rows fetched" in said and "0 of 4 rows read" in said
    assert watcher.shares == sorted(watcher.shares)
    for look in (1, 2, 3, 4):  # two rows, their end, and the rows read
        with pytest.raises(Stopped):
            read_problems("toy@v2", limit=2, split="test", work=Watcher(stop_at=look))
    fresh = Watcher()
    read_problems("toy@v2", limit=2, split="test", work=fresh)
    assert fresh.looks == 4  # nothing was kept of what was stopped


def test_the_rows_that_a_set_says_it_has_are_the_whole_of_the_progress() -> None:
    told = SimpleNamespace(info=SimpleNamespace(splits={"test": SimpleNamespace(num_examples=7)}))
    assert reading._rows_of(told, "test") == 7 and reading._rows_of(told, "train") == 0 and reading._rows_of(object(), "test") == 0


def test_what_was_read_is_found_again_without_a_network(toy: PublishedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_problems("toy", limit=2)
    monkeypatch.setattr(reading, "commit_of", gone)
    monkeypatch.setattr(reading, "_streamed", gone)
    assert read_problems("toy", limit=2) == before


def test_a_set_in_the_cache_of_datasets_is_read_without_a_network(
    toy: PublishedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    rows = str(Path(toy.repository) / "train.jsonl")
    builder = datasets.load_dataset_builder("json", "default", data_files={"train": rows}, cache_dir=str(tmp_path / "made"))
    builder.download_and_prepare()
    kept = Path(shutil.copytree(builder.cache_dir, tmp_path / "cache" / "org___toy" / "default" / "0.0.0" / COMMIT))
    (kept / "json-train.arrow").rename(kept / "toy-train.arrow")
    info = json.loads((kept / "dataset_info.json").read_text(encoding="utf-8"))
    (kept / "dataset_info.json").write_text(json.dumps(info | {"config_name": "default", "dataset_name": "toy"}), encoding="utf-8")
    monkeypatch.setitem(PUBLISHED, "toy", dataclasses.replace(toy, repository="org/toy"))
    monkeypatch.setattr(reading, "commit_of", gone)
    found = read_problems("toy", limit=3)
    assert len(found.problems) == 3 and found.notices[0] == f"From org/toy, train split, commit {COMMIT}."
    with pytest.raises(HypvizError, match="is not on this machine"):
        read_problems(f"toy@{'f' * 40}")


def test_a_set_that_is_nowhere_is_one_sentence(toy: PublishedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "commit_of", gone)
    with pytest.raises(HypvizError, match=r"is not on this machine and HF_HUB_OFFLINE forbids asking the hub; .*\.$"):
        read_problems("toy", limit=3)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(HypvizError, match=r"is not on this machine and the hub at .* cannot be reached; .*\.$"):
        read_problems("toy", limit=3)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    found = Hub({"org/data": tmp_path_factory.mktemp("data")})
    yield found
    found.close()


def test_a_revision_is_resolved_by_the_hub_and_its_refusals_are_sentences(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert reading.commit_of("org/data", "main") == COMMIT
    for repository, revision, words in (
        ("org/data", "v9", "has no revision v9"),
        ("org/none", "main", "has no data set org/none"),
        ("org/forbidden", "main", "answered HTTP 403"),
    ):
        with pytest.raises(HypvizError, match=words), sentences(repository, revision):
            reading.commit_of(repository, revision)
    with pytest.raises(Unreachable), sentences("org/busy", "main"):
        reading.commit_of("org/busy", "main")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("Dataset scripts are no longer supported, but found piqa.py"), "is a script, and no code of a data set is run"),
        (ValueError("BuilderConfig 'x' not found.\nAvailable"), r"cannot be read at main \(BuilderConfig 'x' not found\.\)"),
        (FileNotFoundError("no such split"), "cannot be read at main"),
        (OSError("reset"), "is not on this machine"),
        (HypvizError("as it is."), "as it is"),
    ],
)
def test_what_datasets_raises_is_a_sentence(error: Exception, words: str) -> None:
    with pytest.raises(HypvizError, match=words), sentences("org/data", "main"):
        raise error


def test_a_gated_set_is_a_sentence() -> None:
    response = SimpleNamespace(status_code=403, headers={}, request=None)
    with pytest.raises(HypvizError, match="is gated: accept its terms"), sentences("org/data", "main"):
        raise errors.GatedRepoError("gated", response=response)


def test_every_set_has_a_repository_and_two_names_never_share_a_place() -> None:
    places = {(each.repository, each.config) for each in PUBLISHED.values()}
    assert len(places) == len(PUBLISHED) == 14 and all("/" in repository for repository, _ in places)
    assert PUBLISHED["math10k"].split("test") == "train" and PUBLISHED["boolq"].split("test") == "validation"
    assert PUBLISHED["gsm8k"].split("train") == "train"


def test_a_name_that_is_none_lists_all_names() -> None:
    with pytest.raises(HypvizError, match=r"There is no problem set 'nope'; choose one of bundled, .*gsm8k, .*, or give a file\."):
        read_problems("nope")


@pytest.mark.slow
def test_importing_hypviz_loads_no_datasets() -> None:
    code = "import hypviz.corpora, hypviz.studies.problem_sets, hypviz.cli, sys; sys.exit('datasets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
