"""MODEL is read as bundled, a folder or a hub id, and everything else gets one sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.errors import ModelError
from hypviz.models import resolve
from hypviz.models.source import parsing
from hypviz.models.source.parsing import parse_source
from hypviz.models.source.roots import VARIABLE, model_roots


def test_bundled_is_the_packages_own_folder() -> None:
    source = parse_source(" bundled ")
    assert source.kind == "bundled"
    assert source.folder is not None and source.folder.parts[-3:] == ("hypviz", "bundled", "model")


def test_an_existing_folder_wins_over_a_hub_id_of_the_same_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert parse_source("org/name").kind == "folder"
    assert parse_source("org/other").kind == "hub"


@pytest.mark.parametrize(
    ("text", "revision", "expected"),
    [
        ("org/name", None, ("org/name", None)),
        ("org/na.me-1@v2.0", None, ("org/na.me-1", "v2.0")),
        ("org/name@refs/pr/1", None, ("org/name", "refs/pr/1")),
        ("org/name", "abc123", ("org/name", "abc123")),
        ("org/name@abc123", "abc123", ("org/name", "abc123")),
    ],
)
def test_hub_ids(text: str, revision: str | None, expected: tuple[str, str | None]) -> None:
    source = parse_source(text, revision)
    assert (source.kind, source.repo, source.revision) == ("hub", *expected)


@pytest.mark.parametrize(
    "text",
    ["", "gpt2", "/no/such/folder", "./missing", "a/b/c", "org/na me", "org/../name", "C:\\models\\x", "org/name@", "org/name@../../x"],
)
def test_what_is_none_of_these_is_refused_with_its_own_words(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_source(text)
    assert repr(text) in str(caught.value) or not text


def test_a_long_text_that_can_be_looked_up_is_one_short_sentence() -> None:
    with pytest.raises(ModelError, match="check the spelling") as caught:
        parse_source("a/" * 500)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("home", [None, "/no/such/home"])
def test_a_home_that_nobody_has_is_one_sentence(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    with pytest.raises(ModelError, match="check the spelling"):
        parse_source("~nobody-has-this-name/model")
    monkeypatch.setenv(VARIABLE, "~nobody-has-this-name")
    assert [root.name for root in model_roots()] == ["~nobody-has-this-name"]


@pytest.mark.parametrize("behind", ["", "/", "/tree/main", "/blob/main/x.gguf", "?library=transformers", "#usage"])
def test_the_address_of_a_model_page_is_told_with_the_id_in_it(behind: str) -> None:
    with pytest.raises(ModelError, match=r"is an address; write the hub id in it, org/na\.me,"):
        parse_source(f"https://huggingface.co/org/na.me{behind}")


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    with pytest.raises(ModelError, match="is a file; give the folder"):
        parse_source(str(file))


def test_two_different_revisions_are_refused() -> None:
    with pytest.raises(ModelError, match="give one of the two"):
        parse_source("org/name@a", "b")


def test_a_path_too_long_to_look_up_is_one_short_sentence() -> None:
    with pytest.raises(ModelError, match=r"no path this machine can look up \(File name too long\)") as refusal:
        parse_source("x" * 3000)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(("text", "rows"), [("org/name#vocabulary", None), ("org/name@v1#vocabulary=500", 500)])
def test_a_part_is_read_from_the_name(text: str, rows: int | None) -> None:
    source = parse_source(text)
    assert (source.kind, source.repo, source.only_vocabulary, source.rows) == ("hub", "org/name", True, rows)


@pytest.mark.parametrize(
    "text", ["org/name#vocabulary=0", "org/name#vocabulary=-3", "org/name#vocab", "#vocabulary", "org/name#vocabulary="]
)
def test_other_parts_are_refused(text: str) -> None:
    said = "No model was given" if text == "#vocabulary" else "write org/name#vocabulary for its vocabulary alone"
    with pytest.raises(ModelError, match=said):
        parse_source(text)


def test_what_lies_here_has_no_parts(tmp_path: Path) -> None:
    for name in ("bundled", str(tmp_path)):
        with pytest.raises(ModelError, match="leave #vocabulary out"):
            parse_source(f"{name}#vocabulary")


@pytest.mark.parametrize("forget", [False, True])
def test_a_folder_that_was_read_and_is_gone_is_called_gone(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget: bool
) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "org" / "mine"))
    monkeypatch.chdir(tmp_path)
    for text in (str(folder), "org/mine"):
        resolve(text)
    shutil.rmtree(folder)
    if forget:  # as another process, which has the store alone
        monkeypatch.setattr(parsing, "_FOUND", set())
    gone = f"{str(folder)!r} was on this machine and is gone: it was deleted, moved or renamed since"
    with pytest.raises(ModelError) as refusal:
        resolve(str(folder), download=False)
    assert str(refusal.value).startswith(gone)
    if forget:
        assert parse_source("org/mine").kind == "hub"
    else:
        with pytest.raises(ModelError, match=r"'org/mine' was on this machine and is gone: .*, or write org/mine@main for the hub's model"):
            parse_source("org/mine")
        assert parse_source("org/mine@main").kind == "hub"
    done = CliRunner().invoke(main, ["model", str(folder)])
    assert done.exit_code == 2 and gone in done.stderr


def test_a_path_at_which_nothing_ever_lay_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as refusal:
        parse_source(str(tmp_path / "models" / "llama"))
    assert f"is no folder or GGUF file on this machine, for {tmp_path} holds nothing called 'models'; check the spelling" in str(
        refusal.value
    )
