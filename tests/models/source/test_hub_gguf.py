"""A GGUF file in a hub repository as MODEL: which file is meant, its cost from its first bytes, its rows by ranges, and whole."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.checkpoint.gguf_bytes import read_start
from hypviz.models.checkpoint.gguf_header import read_gguf
from hypviz.models.source import remote_gguf
from hypviz.models.source.parsing import parse_source
from hypviz.records.models import ModelRef
from tests.gguf_files import write_gguf
from tests.models.source.hub_here import COMMIT, HubHere, hub_here

FILE = "tiny.Q8_0.gguf"


@pytest.fixture
def hub(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubHere:
    """``org/one`` has one GGUF file, ``org/many`` several beside a config.json, of which two are parts of one."""
    one, many = tmp_path / "one", tmp_path / "many"
    write_gguf(tiny_llama, one / FILE, table="Q8_0", head="Q4_0", body="F16")
    write_gguf(tiny_llama, many / "sub" / "m.Q4_1.gguf", table="Q4_1", head=None)
    write_gguf(tiny_llama, many / "m.F16.gguf", table="F16")
    (many / "config.json").write_text("{}", encoding="utf-8")
    for name in ("big-00001-of-00002.gguf", "big-00002-of-00002.gguf", "mmproj-m.gguf"):
        (many / name).write_bytes(b"GGUF" + bytes(30))
    return hub_here(monkeypatch, tmp_path / "hub", one=one, many=many)


def rows(source: str, *, output: bool = False) -> np.ndarray:
    return np.asarray(models.read_embeddings(models.resolve(source), output=output).values)


def test_its_cost_is_that_of_the_file_and_only_its_first_bytes_are_read(hub: HubHere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_gguf, "_FIRST", 1000)  # so that it has to ask for more
    local = models.estimate(str(hub.folders["org/one"] / FILE))
    cost = models.estimate("org/one")
    assert (cost.n_parameters, cost.memory_bytes, cost.bytes_to_read) == (local.n_parameters, local.memory_bytes, local.bytes_to_read)
    assert cost.bytes_to_download == local.bytes_to_read and cost.commit == COMMIT and not cost.as_downloaded
    assert hub.sent <= 16_000 and "file" not in " ".join(hub.asked)
    sent = hub.sent
    assert models.estimate(f"org/one/{FILE}@main") == cost and hub.sent == sent  # its first bytes are kept


def test_the_whole_file_is_the_model_that_it_is_here(hub: HubHere) -> None:
    own = models.resolve(str(hub.folders["org/one"] / FILE))
    ref = models.resolve("org/one")
    assert (ref.kind, ref.revision, ref.quantised_rows, ref.label) == ("hub", COMMIT, "Q8_0 and Q4_0", "org/one (Q8_0 and Q4_0 rows)")
    assert ref.path == own.path and models.read_embeddings(ref).values[:].tobytes() == models.read_embeddings(own).values[:].tobytes()
    assert models.resolve("org/one", download=False) == ref
    named = models.resolve(f"org/one/{FILE}@{COMMIT}", download=False)
    assert (named.fingerprint, named.revision) == (ref.fingerprint, COMMIT)
    assert models.estimate("org/one").bytes_to_download == 0
    hub.is_gone = True
    offline = models.estimate("org/one")
    assert offline.as_downloaded and offline.commit == COMMIT and models.resolve("org/one") == ref


def test_its_vocabulary_is_fetched_alone_with_the_bits_of_the_whole(hub: HubHere) -> None:
    source = "org/one#vocabulary"
    size = (hub.folders["org/one"] / FILE).stat().st_size
    cost = models.estimate(source)
    assert cost.bytes_to_download < size / 2 and cost.n_parameters == 2 * 405 * 32
    with pytest.raises(ModelError, match="is not on this machine yet"):
        models.resolve(source, download=False)
    ref = models.resolve(source)
    assert (ref.only_vocabulary, ref.revision, ref.quantised_rows, ref.kind) == (True, COMMIT, "Q8_0 and Q4_0", "hub")
    local = str(hub.folders["org/one"] / FILE)
    for output in (False, True):
        assert rows(source, output=output).tobytes() == rows(local, output=output).tobytes()
    assert models.read_token_table(ref).text == models.read_token_table(models.resolve(local)).text
    assert models.resolve(source, download=False) == ref and models.estimate(source).bytes_to_download == 0
    with pytest.raises(ModelError, match="Only the vocabulary of org/one"):
        models.load_model(ref)
    said = contents_sentences(file_contents(ref), label=ref.label, architecture="Llama")
    assert any("quantised to Q8_0 and Q4_0" in line for line in said) and not any("lack" in line for line in said)


def test_the_first_rows_of_it_are_the_first_rows(hub: HubHere) -> None:
    ref: ModelRef = models.resolve(f"org/many/sub/m.Q4_1.gguf@{COMMIT}#vocabulary=64")
    whole = rows(str(hub.folders["org/many"] / "sub" / "m.Q4_1.gguf"))
    assert models.read_embeddings(ref).values[:].tobytes() == whole[:64].tobytes()
    assert models.summarise(ref).vocab_size == 64 and file_contents(ref).first_rows_of == 405
    tokens = models.read_token_table(ref)
    assert len(tokens.text) == 64 and tokens.n_without_row == 336  # of 400 tokens
    asked = len(hub.asked)
    assert models.estimate(ref.source).commit == COMMIT and models.resolve(ref.source) == ref and len(hub.asked) == asked


def test_a_repository_with_several_files_names_them(hub: HubHere) -> None:
    with pytest.raises(
        ModelError, match=r"org/many holds 3 GGUF files; write one of them .*org/many/m.F16.gguf \(.* kB\).*sub/m.Q4_1"
    ) as told:
        models.estimate("org/many")
    assert "mmproj" not in str(told.value) and "00002-of" not in str(told.value)
    with pytest.raises(ModelError, match=r"org/many has no file other.gguf; it holds org/many/big-00001"):
        models.estimate("org/many/other.gguf")
    with pytest.raises(
        ModelError, match=r"is part 1 of 2 of a split GGUF.*hf download org/many --include \"big\*\".*llama-gguf-split --merge"
    ):
        models.resolve("org/many/big-00001-of-00002.gguf")
    with pytest.raises(ModelError, match=r"has no file x.gguf; it holds no GGUF file"):
        remote_gguf.choose_file({"model.safetensors": 1}, "org/plain", "x.gguf")
    with pytest.raises(ModelError, match="holds no GGUF file of a language model"):
        remote_gguf.choose_file({"mmproj.gguf": 1}, "org/plain", None)
    assert models.resolve("org/many/m.F16.gguf").quantised_rows is None


def test_a_file_of_one_commit_is_found_in_the_cache_by_its_name_only(hub: HubHere) -> None:
    models.resolve("org/many/m.F16.gguf")
    hub.is_gone = True
    assert models.resolve("org/many/m.F16.gguf").revision == COMMIT
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE forbids"):
        models.resolve("org/many/sub/m.Q4_1.gguf")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: b"PK\x03\x04" + raw[4:], "is no GGUF file"),
        (lambda raw: raw[:4] + b"\x09" + raw[5:], "version 9"),
        (lambda raw: raw[:4000], "cut short"),
        (lambda raw: raw[:-1], "is cut short"),
    ],
)
def test_what_is_wrong_with_a_file_there_is_one_sentence(hub: HubHere, change, words: str) -> None:
    file = hub.folders["org/one"] / FILE
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(ModelError, match=words) as told:
        models.estimate("org/one")
    assert "org/one" in str(told.value) and str(told.value).endswith(".")


def test_the_start_of_a_file_says_what_the_package_reads(hub: HubHere) -> None:
    file = hub.folders["org/one"] / FILE
    raw, own = file.read_bytes(), read_gguf(file)
    start = read_start(raw, file)
    assert start is not None and (start.header.n_tokens, start.header.architecture) == (own.n_tokens, own.architecture)
    assert start.header.tensors == own.tensors
    assert {k: start.header.settings[k] for k in own.settings} == pytest.approx(own.settings)
    assert all(read_start(raw[:n], file) is None for n in range(0, 3000, 7))


def test_a_large_file_is_judged_by_its_header_and_never_read(hub: HubHere) -> None:
    file = hub.folders["org/one"] / FILE
    os.truncate(file, 10**12)
    assert models.estimate("org/one#vocabulary").bytes_to_download < 100_000 and hub.sent < 1_100_000


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("org/name/a.gguf", ("org/name", "a.gguf", None)),
        ("org/name/sub folder/A b.Q4_K_M.GGUF@refs/pr/1", ("org/name", "sub folder/A b.Q4_K_M.GGUF", "refs/pr/1")),
        ("org/name/a.gguf@v1#vocabulary=5", ("org/name", "a.gguf", "v1")),
    ],
)
def test_a_file_stands_behind_the_id(text: str, parts: tuple[str, str, str | None]) -> None:
    source = parse_source(text)
    assert (source.repo, source.gguf, source.revision) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [("org/name@v1/a.gguf", r"write org/name/a.gguf@v1"), ("org/name/../a.gguf", "is neither"), ("a.gguf", "is neither")],
)
def test_a_file_at_another_place_is_refused(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        parse_source(text)
