"""A vocabulary without a model: a matrix of rows in one file, with its tokens and counts in two more.

In: a ``.safetensors`` file that holds exactly one 2-d float tensor, or an ``.npy`` file, shape (n, d); a tokens file and a counts
file of n lines each, UTF-8. Out: a `BareMatrix`. Every mistake is one `ModelError` that says what to do. Nothing here is unpickled.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import TORCH_NAMES, read_float32, read_header
from hypviz.models.live.memory import check_memory

SUFFIXES = (".safetensors", ".npy")
_COUNT = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BareMatrix:
    """`values` (n, d) float32; `tokens` n texts and `counts` (n,) int64, None where no file was given.

    `label` and `counts_label` are the files' names, `fingerprint` the sha256 (hex) of shape, values and counts.
    """

    values: np.ndarray
    tokens: tuple[str, ...] | None
    counts: np.ndarray | None
    label: str
    counts_label: str | None
    fingerprint: str


def is_bare_matrix(model: str) -> bool:
    """Whether MODEL names a matrix file, existing or not, and not a folder."""
    path = Path(os.path.expanduser(model))
    return path.suffix.lower() in SUFFIXES and not os.path.isdir(path)


def read_bare_matrix(file: Path, *, tokens_file: Path | None = None, counts_file: Path | None = None) -> BareMatrix:
    """The checked matrix with its tokens and counts; raises `ModelError`."""
    if not os.path.isfile(file):  # unlike Path.is_file, False for a name too long to exist
        raise ModelError(f"There is no file {file}; check the path of the matrix.")
    try:
        values = _read_npy(file) if file.suffix.lower() == ".npy" else _read_safetensors(file)
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror or error}); check the file and its permissions.") from error
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        raise ModelError(
            f"{bad.size:,} of {len(values):,} rows of {file} hold NaN, infinity or a number beyond float32, the first is row {bad[0]}; "
            "repair these rows or leave them out."
        )
    tokens = _read_lines(tokens_file, len(values), "tokens") if tokens_file is not None else None
    counts = _read_counts(counts_file, len(values)) if counts_file is not None else None
    whole = hashlib.sha256(repr(values.shape).encode())
    whole.update(np.ascontiguousarray(values).data)
    whole.update(counts.data if counts is not None else b"")
    values.flags.writeable = False
    return BareMatrix(
        values=values,
        tokens=tuple(tokens) if tokens is not None else None,
        counts=counts,
        label=file.name,
        counts_label=counts_file.name if counts_file is not None else None,
        fingerprint=whole.hexdigest(),
    )


def _read_npy(file: Path) -> np.ndarray:
    with open(file, "rb") as stream:
        start = stream.read(6)
    if start and start != b"\x93NUMPY" and not start.startswith(b"PK"):
        raise ModelError(f"{file} does not begin as an .npy file does; save the matrix with numpy.save as a float array, without pickle.")
    try:
        stored = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ModelError(
            f"{file} is not a plain .npy array ({_first_line(error)}); save the matrix with numpy.save as a float array, without pickle."
        ) from error
    if not isinstance(stored, np.ndarray):
        raise ModelError(f"{file} is an archive of several arrays; save the one matrix with numpy.save.")
    _check_shape(file, stored.shape)
    if stored.dtype.kind != "f":
        raise ModelError(f"{file} holds {stored.dtype} numbers, but rows of floats are needed; save it as float32.")
    check_memory(2 * 4 * stored.size, f"The matrix {file.name}")
    with np.errstate(over="ignore"):
        return np.array(stored, dtype=np.float32, order="C")


def _read_safetensors(file: Path) -> np.ndarray:
    tensors = read_header(file)
    if len(tensors) != 1:
        some = f" ({', '.join(list(tensors)[:3])}{', ...' if len(tensors) > 3 else ''})" if tensors else ""
        raise ModelError(
            f"{file} holds {len(tensors)} tensors{some}, but a bare matrix is exactly one; save the matrix alone, or give a model's folder."
        )
    (tensor,) = tensors.values()
    _check_shape(file, tensor.shape)
    if tensor.dtype not in TORCH_NAMES:
        raise ModelError(f"{file} holds {tensor.dtype} numbers, but rows of floats are needed; save it as F32, F16 or BF16.")
    check_memory(2 * 4 * tensor.numel, f"The matrix {file.name}")
    with np.errstate(over="ignore"):
        return read_float32(tensor)


def _check_shape(file: Path, shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise ModelError(
            f"{file} has {len(shape)} dimensions, shape {list(shape)}, but a matrix (n, d) is needed; reshape and save it again."
        )
    if min(shape) < 1:
        raise ModelError(f"{file} has shape {list(shape)}, but at least 1 row and 1 column are needed; save a matrix with rows.")


def _read_counts(file: Path, n: int) -> np.ndarray:
    lines = _read_lines(file, n, "counts")
    for number, line in enumerate(lines, start=1):
        if not _COUNT.fullmatch(line.strip()):
            raise ModelError(f"Line {number} of {file} is {line[:40]!r}, but a count is a whole number from 0 on; correct that line.")
    counts = np.array([int(line) for line in lines], dtype=np.int64)
    if not counts.any():
        raise ModelError(f"All {n} counts in {file} are 0, so they rank nothing; give other counts or leave out --counts-file.")
    return counts


def _read_lines(file: Path, n: int, what: str) -> list[str]:
    """Exactly n lines without their ends (LF, or CRLF throughout); a byte-order mark is no part of the first."""
    if os.path.exists(file) and not os.path.isfile(file):
        kind = "a folder" if os.path.isdir(file) else "a pipe or a device, which may never end"
        raise ModelError(f"The {what} file {file} cannot be read, because it is {kind}; give a text file with one line a row.")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ModelError(f"The {what} file {file} cannot be read ({error.strerror or error}); check its path.") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"The {what} file {file} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if lines and all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    if len(lines) != n:
        raise ModelError(f"The {what} file {file} has {len(lines):,} lines, but the matrix has {n:,} rows; give one line a row.")
    return lines


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["it is empty"])[0].rstrip(".")
