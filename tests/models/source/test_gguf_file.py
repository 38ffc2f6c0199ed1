"""A GGUF file as MODEL: its tables, tokens and weights are those it was written from, as far as its bits keep them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.source.parsing import parse_source
from hypviz.studies.model import load_report
from tests.gguf_files import EMBEDDING, HEAD, weights, write_gguf

NAME = "ein Modell 😀/tiny model.gguf"


@pytest.fixture
def plain(tiny_llama: Path, tmp_path: Path) -> Path:
    """The tiny Llama in float32, at a path with spaces and an emoji."""
    return write_gguf(tiny_llama, tmp_path / NAME)


def test_a_float_file_is_the_model_it_was_written_from(plain: Path, tiny_llama: Path) -> None:
    ref, own = models.resolve(str(plain)), models.resolve(str(tiny_llama))
    assert (ref.kind, ref.label, ref.dtype, ref.quantised_rows) == ("gguf", "tiny model.gguf", "float32", None)
    for output in (False, True):
        rows = models.read_embeddings(ref, output=output).values
        np.testing.assert_array_equal(rows, models.read_embeddings(own, output=output).values)
    model, saved = models.load_model(ref), load_file(tiny_llama / "model.safetensors")
    state = model.state_dict()
    assert state.keys() == saved.keys() and model.dtype == torch.float32
    assert all(torch.equal(state[name], value.float()) for name, value in saved.items())
    assert not hasattr(model.config, "quantization_config") and not getattr(model, "is_quantized", False) and not model.training
    text = "Question: 12 + 30 = 42, größerer Löwe"
    assert models.encode_prompts(ref, [text]) == models.encode_prompts(own, [text])
    mine, theirs = models.read_token_table(ref), models.read_token_table(own)
    assert mine.text == theirs.text and mine.n_without_token == theirs.n_without_token == 5


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])
def test_rows_are_what_the_package_makes_of_the_bits(tiny_llama: Path, tmp_path: Path, kind: str) -> None:
    from gguf import GGMLQuantizationType, quants

    ref = models.resolve(str(write_gguf(tiny_llama, tmp_path / "m.gguf", table=kind, body=kind, head=None)))
    number = GGMLQuantizationType[kind]
    expected = quants.dequantize(quants.quantize(weights(tiny_llama)[EMBEDDING], number), number)
    rows = models.read_embeddings(ref)
    assert np.asarray(rows.values).tobytes() == expected.tobytes() and rows.tensor_name == EMBEDDING
    assert models.summarise(ref).tied  # no output table in the file
    quantised = kind.startswith("Q")
    assert (ref.quantised_rows, ref.label) == ((kind, f"m.gguf ({kind} rows)") if quantised else (None, "m.gguf"))
    model = models.load_model(ref, dtype="float32")
    np.testing.assert_array_equal(model.get_input_embeddings().weight.detach().numpy(), expected)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert models.load_model(ref).dtype == {"F16": torch.float16}.get(kind, torch.bfloat16)


def test_two_tables_of_two_types_are_two_tables(tiny_llama: Path, tmp_path: Path) -> None:
    ref = models.resolve(str(write_gguf(tiny_llama, tmp_path / "m.gguf", table="Q4_0", head="Q8_0")))
    contents = file_contents(ref)
    assert (contents.input_table, contents.output_table, contents.shared, contents.refusal) == (EMBEDDING, HEAD, False, None)
    assert (ref.quantised_rows, contents.row_bits) == ("Q4_0 and Q8_0", 4.5)
    said = contents_sentences(contents, label=ref.label, architecture="Llama")
    assert any("quantised to Q4_0 and Q8_0 (the input table takes 4.5 bits a number)" in line for line in said)


def test_what_lies_beside_it_is_no_part_of_it(plain: Path, tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(shutil.copytree(tiny_llama, tmp_path / "folder")) / "m.gguf"
    shutil.copy(plain, beside)
    (beside.parent / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', encoding="utf-8")
    found = models.load_tokenizer(models.resolve(str(beside)))
    assert (found.bos_token, found.eos_token, found.pad_token) == ("<|begin|>", "<|end|>", "<|pad|>")
    monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path / "other"))
    monkeypatch.setattr("os.symlink", lambda *_: (_ for _ in ()).throw(OSError("no links here")))
    assert models.load_tokenizer(models.resolve(str(plain))).eos_token == "<|end|>"


def test_a_tensor_that_transformers_passes_over_is_told(tiny_llama: Path, tmp_path: Path) -> None:
    def scaled(writer) -> None:
        writer.add_tensor("rope_freqs.weight", np.array([3, 1, 2, 1], dtype=np.float32))

    ref = models.resolve(str(write_gguf(tiny_llama, tmp_path / "m.gguf", change=scaled)))
    contents = file_contents(ref)
    assert contents.unused == ("rope_freqs.weight",)
    assert any("rope_freqs.weight" in line for line in contents_sentences(contents, label=ref.label, architecture="Llama"))
    assert "rope_freqs.weight" not in models.load_model(ref).state_dict()


def test_what_it_costs_is_known_before_and_after(plain: Path) -> None:
    n = sum(each.size for each in weights_of(plain))
    before = models.estimate(str(plain))
    assert (before.n_parameters, before.bytes_to_read, before.bytes_to_download) == (n, plain.stat().st_size, 0)
    assert load_report(str(plain)).cost == before


def weights_of(file: Path) -> list[np.ndarray]:
    from gguf import GGUFReader

    return [np.asarray(tensor.data) for tensor in GGUFReader(file).tensors]


def test_a_page_waits_for_the_start_page_and_a_second_look_makes_nothing(plain: Path, private_cache: Path) -> None:
    with pytest.raises(ModelError, match="was not loaded yet; load it on the Start page"):
        models.resolve(str(plain), download=False)
    assert not (private_cache / "gguf").exists()
    ref = models.resolve(str(plain))
    folder = Path(ref.path)
    made = {each: each.stat().st_mtime_ns for each in folder.iterdir()}
    assert models.resolve(str(plain), download=False) == ref == models.resolve(str(plain))
    assert {each: each.stat().st_mtime_ns for each in folder.iterdir()} == made and len(list(folder.parent.iterdir())) == 1
    again = models.resolve(ref.path)  # as whoever holds the folder asks whether it is the same model
    assert again.fingerprint == ref.fingerprint


def test_a_file_that_moved_is_read_where_it_lies(plain: Path, tmp_path: Path) -> None:
    first = models.resolve(str(plain))
    moved = plain.rename(tmp_path / plain.name)
    with pytest.raises(ModelError, match=r"cannot be read \(No such file"):
        models.resolve(first.path)
    second = models.resolve(str(moved))
    assert (second.path, second.fingerprint) == (first.path, first.fingerprint)
    assert len(models.read_embeddings(second).values) == 405


def test_a_file_that_changed_is_another_model(plain: Path, tiny_llama: Path) -> None:
    first = models.resolve(str(plain))
    write_gguf(tiny_llama, plain, table="Q8_0")
    second = models.resolve(str(plain))
    assert second.path != first.path and second.fingerprint != first.fingerprint and second.quantised_rows == "Q8_0"


def test_a_home_sign_and_a_blob_without_an_ending_are_found(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_source(f"~/{NAME}").file == plain
    blob = plain.rename(plain.with_name("sha256-0123"))
    assert parse_source(str(blob)).kind == "gguf"
    with pytest.raises(ModelError, match=r"The revision v1 has no meaning for the file"):
        parse_source(str(blob), "v1")
    assert len(models.read_embeddings(models.resolve(str(blob))).values) == 405


def test_a_table_with_not_a_number_is_told_by_its_row(tiny_llama: Path, tmp_path: Path) -> None:
    file = write_gguf(tiny_llama, tmp_path / "m.gguf", table="Q8_0")
    ref = models.resolve(str(file))
    from gguf import GGUFReader

    at = next(int(t.data_offset) for t in GGUFReader(file).tensors if t.name == EMBEDDING)
    raw = bytearray(file.read_bytes())
    raw[at + 7 * 34 : at + 7 * 34 + 2] = np.float16(np.nan).tobytes()  # the scale of the only block of row 7
    file.write_bytes(raw)
    with pytest.raises(ModelError, match=r"the first is row 7"):
        models.read_embeddings(models.resolve(str(file)))
    assert ref.quantised_rows == "Q8_0"
