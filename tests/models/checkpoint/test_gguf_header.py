"""A GGUF file that is cut, damaged, split or of another kind gets one sentence that says which, and the header is the package's own."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hypviz.errors import ModelError
from hypviz.models.checkpoint.gguf_header import is_gguf, read_gguf, type_bits
from hypviz.models.source.parsing import parse_source
from tests.gguf_files import EMBEDDING, write_gguf


@pytest.fixture
def whole(tiny_llama: Path, tmp_path: Path) -> Path:
    return write_gguf(tiny_llama, tmp_path / "m.gguf", table="Q4_1", body="Q8_0")


def refusal(file: Path) -> str:
    """The one sentence about a file, which names it."""
    assert parse_source(str(file)).kind == "gguf"
    with pytest.raises(ModelError) as caught:
        read_gguf(file)
    said = str(caught.value)
    assert str(file) in said and "\n" not in said and said.endswith(".")
    return said


def test_the_header_is_what_the_packages_reader_finds(whole: Path) -> None:
    from gguf import GGUFReader

    header, reader = read_gguf(whole), GGUFReader(whole)
    assert list(header.tensors) == [tensor.name for tensor in reader.tensors]
    for tensor in reader.tensors:
        found = header.tensors[tensor.name]
        assert (found.dtype, found.start, found.stop - found.start) == (tensor.tensor_type.name, tensor.data_offset, tensor.n_bytes)
        assert found.shape == tuple(reversed(tensor.shape.tolist()))
    assert header.tensors[EMBEDDING].shape == (405, 32)
    assert header.n_tokens == len(reader.fields["tokenizer.ggml.tokens"].data) == 400
    plain = {name: field.contents() for name, field in reader.fields.items() if name in header.settings}
    assert header.settings == plain and header.architecture == "llama"


@pytest.mark.parametrize(("kind", "bits"), [("F32", 32), ("BF16", 16), ("Q8_0", 8.5), ("Q4_0", 4.5), ("Q4_1", 5), ("Q6_K", 6.5625)])
def test_the_bits_of_a_number(kind: str, bits: float) -> None:
    assert type_bits(kind) == bits


@pytest.mark.parametrize("kept", [0.01, 0.1, 0.3, 0.6, 0.9, 0.999])
def test_a_cut_file_is_cut_wherever_it_ends(whole: Path, kept: float) -> None:
    raw = whole.read_bytes()
    whole.write_bytes(raw[: int(len(raw) * kept)])
    assert "is cut short" in refusal(whole) and "copy or download it again" in refusal(whole)


def test_what_is_no_gguf_is_said_by_its_first_bytes(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    for raw, said in (
        (b"", "is empty (0 bytes)"),
        (b"PK\x03\x04" + bytes(100), "is no GGUF file: it begins with b'PK"),
        (b"GGUF", "is cut short"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "is damaged, or a GGUF of a version that cannot be read"),
    ):
        file.write_bytes(raw)
        assert said in refusal(file)


def test_counts_that_no_file_can_hold_end_at_once(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    many = 1 << 60
    key = struct.pack("<Q", 1) + b"a" + struct.pack("<I", 9)
    for body in (
        struct.pack("<QQ", many, 0),
        struct.pack("<QQ", 0, many),
        struct.pack("<QQ", 0, 1) + key + struct.pack("<IQ", 8, many) + bytes(64),
        struct.pack("<QQ", 0, 1) + key + struct.pack("<IQ", 4, many) + bytes(64),
        struct.pack("<QQ", 0, 1) + struct.pack("<Q", many) + bytes(64),
    ):
        file.write_bytes(b"GGUF" + struct.pack("<I", 3) + body)
        said = refusal(file)
        assert "is cut short" in said or "is damaged" in said


def test_a_type_that_nobody_knows_is_told_by_its_number(whole: Path) -> None:
    raw = whole.read_bytes()
    at = raw.index(EMBEDDING.encode()) + len(EMBEDDING) + 4 + 16  # behind the number of sizes and the two sizes
    whole.write_bytes(raw[:at] + struct.pack("<I", 777) + raw[at + 4 :])
    assert "a type that the gguf package does not know (number 777)" in refusal(whole)


def test_a_table_in_a_type_without_a_way_back_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    from gguf import GGMLQuantizationType

    def integers(writer) -> None:
        name = EMBEDDING
        for tensors in writer.tensors:
            del tensors[name]
        writer.add_tensor(name, np.ones((405, 32), dtype=np.int8), raw_dtype=GGMLQuantizationType.I8)

    file = write_gguf(tiny_llama, tmp_path / "m.gguf", change=integers)
    assert f"stores {EMBEDDING} as I8, which the gguf package cannot turn back into numbers" in refusal(file)


def without_table(writer) -> None:
    for tensors in writer.tensors:
        del tensors[EMBEDDING]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_table, f"holds no tensor {EMBEDDING}"),
        (lambda writer: writer.add_uint16("split.count", 3), "is one of 3 parts of a split GGUF"),
        (lambda writer: writer.add_type("adapter"), "is an adapter (LoRA), not a model"),
        (lambda writer: writer.add_type("mmproj"), "is the projector of a vision-language model"),
    ],
)
def test_other_kinds_of_file_are_told_by_what_they_are(tiny_llama: Path, tmp_path: Path, change: Callable, said: str) -> None:
    assert said in refusal(write_gguf(tiny_llama, tmp_path / "m.gguf", change=change))


def test_a_part_of_a_split_file_is_told_by_its_name(whole: Path) -> None:
    part = whole.rename(whole.with_name("m-00001-of-00003.gguf"))
    assert "is part 1 of 3 of a split GGUF" in refusal(part) and "llama-gguf-split --merge" in refusal(part)
    alone = part.rename(whole.with_name("m-00001-of-00001.gguf"))
    assert EMBEDDING in read_gguf(alone).tensors


def test_a_file_that_may_not_be_read_is_said(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", refuse)
        with pytest.raises(ModelError, match=r"no path this machine can look up \(Permission denied\); check the spelling and the perm"):
            parse_source(str(whole))
        with pytest.raises(ModelError, match=r"cannot be read \(Permission denied\)"):
            read_gguf(whole)
    assert not is_gguf(whole.parent / "nothing here")
