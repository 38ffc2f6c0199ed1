"""A matrix without a model: both formats, its tokens and counts, and every mistake as one sentence that says what to do."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from hypviz.errors import ModelError
from hypviz.models.checkpoint.bare_matrix import is_bare_matrix, read_bare_matrix

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_which_sources_are_matrices(tmp_path) -> None:
    (tmp_path / "model.npy").mkdir()
    assert (
        is_bare_matrix("rows.npy")
        and is_bare_matrix("n" * 5000 + ".npy")
        and is_bare_matrix("a/b.safetensors")
        and is_bare_matrix("ROWS.NPY")
    )
    assert not any(is_bare_matrix(text) for text in ("bundled", "org/name", "rows.bin", str(tmp_path / "model.npy")))


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4"])
def test_float_arrays_become_float32(tmp_path, dtype) -> None:
    np.save(tmp_path / "rows.npy", np.asfortranarray(VALUES.astype(dtype)))
    found = read_bare_matrix(tmp_path / "rows.npy")
    assert found.values.dtype == np.float32 and found.values.tolist() == VALUES.tolist() and found.label == "rows.npy"
    assert found.tokens is found.counts is found.counts_label is None and not found.values.flags.writeable


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_one_tensor_of_floats(tmp_path, dtype) -> None:
    save_torch({"any name": torch.from_numpy(VALUES.copy()).to(dtype)}, tmp_path / "rows.safetensors")
    assert read_bare_matrix(tmp_path / "rows.safetensors").values.tolist() == VALUES.tolist()


def test_tokens_keep_their_spaces_and_counts_decide_the_fingerprint(tmp_path) -> None:
    np.save(tmp_path / "rows.npy", VALUES)
    for name, text in (("lf", " a\n\n ö \nd\n"), ("crlf", " a\r\n\r\n ö \r\nd\r\n"), ("bom", "\ufeff a\n\n ö \nd"), ("vt", " a\n\n ö \nd")):
        (tmp_path / name).write_bytes(text.encode("utf-8"))
        assert read_bare_matrix(tmp_path / "rows.npy", tokens_file=tmp_path / name).tokens == (" a", "", " ö ", "d")
    (tmp_path / "odd").write_bytes("a\u2028b\nc\x0bd\n\x1c\ne\r".encode())
    assert read_bare_matrix(tmp_path / "rows.npy", tokens_file=tmp_path / "odd").tokens == ("a\u2028b", "c\x0bd", "\x1c", "e\r")
    (tmp_path / "counts").write_text("7\n 0 \n12\n0\n", encoding="utf-8")
    counted, bare = read_bare_matrix(tmp_path / "rows.npy", counts_file=tmp_path / "counts"), read_bare_matrix(tmp_path / "rows.npy")
    assert counted.counts is not None and counted.counts.tolist() == [7, 0, 12, 0] and counted.counts_label == "counts"
    assert counted.fingerprint != bare.fingerprint == read_bare_matrix(tmp_path / "rows.npy").fingerprint


def _spoilt(kind: str) -> np.ndarray:
    values = VALUES.astype(np.float64)
    values[2, 1] = {"nan": np.nan, "inf": -np.inf, "huge": 1e300}[kind]
    return values


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.arange(4.0), "1 dimensions"),
        (np.float32(3.0), "0 dimensions"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        (np.zeros((0, 3)), "at least 1 row"),
        (np.zeros((3, 0)), "at least 1 row"),
        (VALUES.astype(np.int64), "holds int64 numbers"),
        (VALUES.astype(bool), "holds bool numbers"),
        (VALUES.astype(complex), "holds complex128 numbers"),
        (VALUES.astype(object), "without pickle"),
        (_spoilt("nan"), "the first is row 2"),
        (_spoilt("inf"), "the first is row 2"),
        (_spoilt("huge"), "beyond float32"),
    ],
)
def test_arrays_that_are_no_matrix_of_floats(tmp_path, array, word) -> None:
    np.save(tmp_path / "rows.npy", array, allow_pickle=True)
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy"), word)


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "numpy.save"), (b"hello", "numpy.save"), (pickle.dumps([1.0]), "numpy.save"), (b"\x93NUMPY\x01\x00", "numpy.save")],
)
def test_files_that_are_no_array(tmp_path, content, word) -> None:
    (tmp_path / "rows.npy").write_bytes(content)
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy"), word)


def test_an_array_cut_short_and_an_archive(tmp_path) -> None:
    np.save(tmp_path / "rows.npy", VALUES)
    (tmp_path / "rows.npy").write_bytes((tmp_path / "rows.npy").read_bytes()[:-8])
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy"), "numpy.save")
    np.savez(tmp_path / "rows.npz", VALUES)
    (tmp_path / "rows.npz").rename(tmp_path / "rows.npy")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy"), "archive of several arrays")


@pytest.mark.parametrize(
    ("tensors", "word"),
    [
        ({"a": VALUES, "b": VALUES}, "holds 2 tensors (a, b)"),
        ({}, "holds 0 tensors"),
        ({"a": VALUES[0]}, "1 dimensions"),
        ({"a": VALUES.astype(np.int32)}, "holds I32 numbers"),
        ({"a": VALUES * np.float32(np.nan)}, "4 of 4 rows"),
    ],
)
def test_tensors_that_are_no_matrix_of_floats(tmp_path, tensors, word) -> None:
    save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, tmp_path / "rows.safetensors")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.safetensors"), word)


def test_a_damaged_safetensors_file(tmp_path) -> None:
    (tmp_path / "rows.safetensors").write_bytes(b"\xff" * 20)
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.safetensors"), "is damaged")
    (tmp_path / "rows.safetensors").write_bytes(b"")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.safetensors"), "is damaged")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"1\n2\n3\n", "has 3 lines, but the matrix has 4 rows"),
        (b"1\n2\n3\n4\n5\n", "has 5 lines"),
        (b"", "has 0 lines"),
        ("1\n2\n3\nä\n".encode("latin-1"), "not UTF-8 (byte 6)"),
        ("1\n2\n3\n4\n".encode("utf-16"), "not UTF-8"),
        (b"1\n-2\n3\n4\n", "Line 2"),
        (b"1\n2.5\n3\n4\n", "'2.5'"),
        (b"1\n2\n1e3\n4\n", "Line 3"),
        (b"1\n2\n\n4\n", "Line 3"),
        ("1\n2\n3\n²\n".encode(), "Line 4"),
        (b"1\n2\n3\n9999999999999999999\n", "Line 4"),
        (b"0\n0\n0\n0\n", "rank nothing"),
    ],
)
def test_counts_that_do_not_count(tmp_path, content, word) -> None:
    np.save(tmp_path / "rows.npy", VALUES)
    (tmp_path / "counts.txt").write_bytes(content)
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy", counts_file=tmp_path / "counts.txt"), word)


def test_missing_files_and_folders(tmp_path) -> None:
    np.save(tmp_path / "rows.npy", VALUES)
    for file in (tmp_path / "none.npy", tmp_path / ("n" * 5000 + ".npy"), tmp_path):
        _one_sentence(lambda file=file: read_bare_matrix(file), "no file")
    for file in (tmp_path / "none.txt", tmp_path):
        _one_sentence(lambda file=file: read_bare_matrix(tmp_path / "rows.npy", tokens_file=file), "cannot be read")


def _one_sentence(call, word: str) -> None:
    with pytest.raises(ModelError) as caught:
        call()
    message = str(caught.value)
    assert word in message and message.endswith(".") and "\n" not in message


def test_a_pipe_beside_a_matrix_is_refused_before_it_is_read(tmp_path) -> None:
    np.save(tmp_path / "rows.npy", VALUES)
    os.mkfifo(tmp_path / "tokens.txt")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy", tokens_file=tmp_path / "tokens.txt"), "a pipe or a device")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy", counts_file=tmp_path), "is a folder")


def test_a_file_of_another_kind_is_not_said_to_be_a_pickle(tmp_path) -> None:
    (tmp_path / "rows.npy").write_text("1,2\n3,4\n")
    _one_sentence(lambda: read_bare_matrix(tmp_path / "rows.npy"), "does not begin as an .npy file does")
