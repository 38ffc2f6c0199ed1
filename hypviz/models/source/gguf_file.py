"""From a GGUF file to a folder that everything which reads models reads: configuration and tokenizer, written once by its content.

The two come through transformers' own reading of GGUF (https://huggingface.co/docs/transformers/gguf), which takes half a minute for a
vocabulary of 50,000; weights stay in the file, to which the folder has a link. Names of the tables are those of the architecture.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.fingerprints import fingerprint
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.checkpoint.gguf_folder import GgufLink, read_link, write_link
from hypviz.models.checkpoint.gguf_header import INPUT_TABLE, OUTPUT_TABLE, GgufHeader, read_gguf
from hypviz.models.checkpoint.gguf_rows import is_quantised
from hypviz.models.checkpoint.headers import TORCH_NAMES
from hypviz.models.checkpoint.tables import head_name
from hypviz.models.live.config import one_line
from hypviz.models.live.device import answering_bytes
from hypviz.models.live.gguf_tables import ONLY_TABLES, tables_config
from hypviz.models.live.libraries import BUILDING, transformers_library
from hypviz.models.live.skeleton import build_skeleton, embedding_parameter
from hypviz.models.source.first_rows import SETTING, shorten_config
from hypviz.models.source.gguf_config import complete
from hypviz.records.models import LoadCost
from hypviz.store import cache_root, write_atomically
from hypviz.work import Work

KIND = "gguf"  # the folder below the cache root
_WRITTEN = 3  # what is written into a folder: raised where that changes


def gguf_cost(file: Path) -> LoadCost:
    """The cost of a GGUF file, from its header; `memory_bytes` is for the dequantised weights and the float32 input table."""
    return header_cost(read_gguf(file), file.stat().st_size)


def header_cost(header: GgufHeader, size: int) -> LoadCost:
    """The same of a header, and the `size` of its file in bytes."""
    return LoadCost(
        bytes_to_read=size,
        bytes_to_download=0,
        memory_bytes=answering_bytes(header.n_parameters, header.tensors[INPUT_TABLE].numel),
        n_files=1,
        n_parameters=header.n_parameters,
    )


def folder_of(file: Path, *, make: bool, work: Work) -> Path | None:
    """The folder of a GGUF file, made if it is not there and `make`, else None; raises `ModelError`, and `Stopped`."""
    header = read_gguf(file)
    folder = cache_root() / KIND / f"{fingerprint((file,), work=work)}-{version('transformers')}-{_WRITTEN}"
    if not folder.is_dir():
        if not make:
            return None
        work.check()
        _make(header, folder, work)
    write_link(folder, GgufLink(file=file, names=read_link(folder).names))
    return folder


def row_types(file: Path) -> str | None:
    """The types in which the rows of the tables are quantised (``Q8_0``, or ``Q4_K and Q6_K`` of two tables), None where they are not."""
    tensors = read_gguf(file).tensors
    found = [tensors[name].dtype for name in (INPUT_TABLE, OUTPUT_TABLE) if name in tensors and is_quantised(tensors[name])]
    return " and ".join(dict.fromkeys(found)) or None


def _make(header: GgufHeader, folder: Path, work: Work) -> None:
    """Write the folder under another name first, so that it is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name[:16]}.", suffix=".part", dir=folder.parent))
    try:
        with _alone(header.file, folder.parent) as place:
            work.report(0, 2, "reading the configuration")
            _write_config(header, place, part)
            work.report(1, 2, "reading the tokenizer")
            work.check()
            _write_tokenizer(header, place, part)
        write_link(part, GgufLink(file=header.file, names=_names(header, part)))
        try:
            os.replace(part, folder)
        except OSError:
            if not folder.is_dir():  # made by another thread meanwhile, it holds the same
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    work.report(2, 2, "read")


@contextmanager
def _alone(file: Path, root: Path) -> Generator[Path]:
    """A folder below `root` in which the file lies by itself: transformers takes a tokenizer's settings from what lies beside it."""
    with tempfile.TemporaryDirectory(prefix="alone.", dir=root) as place:
        try:
            os.symlink(file, Path(place) / file.name)
        except OSError:  # a system without links for everybody
            yield file.parent
        else:
            yield Path(place)


def _write_config(header: GgufHeader, place: Path, part: Path) -> None:
    """transformers' configuration, with as many rows as the table has and the format in which weights are computed with.

    Of an architecture that transformers does not read from GGUF, one of its tables alone (`hypviz.models.live.gguf_tables`).
    """
    library = transformers_library()
    try:
        with BUILDING:
            config: Any = library.AutoConfig.from_pretrained(place, gguf_file=header.file.name, local_files_only=True)
            config.vocab_size = header.tensors[INPUT_TABLE].shape[0]
            config.dtype = _number(header)
            complete(config, header)
            config.save_pretrained(part)
    except Exception as error:  # architectures and settings fail in many ways; the tables need none of them
        if not header.architecture:
            raise ModelError(f"{header.file} does not name its architecture; copy or download it again.") from error
        why = (
            f"it is a GGUF file of the architecture {header.architecture}, from which transformers {library.__version__} cannot make a "
            f"model ({one_line(error)}), so take the safetensors release for that"
        )
        write_atomically(part / "config.json", json.dumps(tables_config(header, why)))
    whole = header.settings.get(SETTING)
    if isinstance(whole, int):
        shorten_config(part / "config.json", header.tensors[INPUT_TABLE].shape[0], whole)


def _write_tokenizer(header: GgufHeader, place: Path, part: Path) -> None:
    library = transformers_library()  # the automatic choice of a class begins with the configuration
    made: Any = library.PreTrainedTokenizerFast if ONLY_TABLES in read_json(part / "config.json") else library.AutoTokenizer
    try:
        with BUILDING:
            tokenizer: Any = made.from_pretrained(place, gguf_file=header.file.name, local_files_only=True)
            tokenizer.save_pretrained(part)
            _drop_strangers(part, header.n_tokens)
    except Exception as error:  # as above
        raise ModelError(
            f"transformers cannot make a tokenizer of {header.file} ({header.settings.get('tokenizer.ggml.model', 'none named')}: "
            f"{one_line(error)}); choose the safetensors release of the model."
        ) from error


def _drop_strangers(part: Path, n_tokens: int) -> None:
    """Take out the tokens that transformers adds behind the file's own list, where rows without a token may stand."""
    whole = read_json(part / "tokenizer.json")
    strangers = [token for token in whole["added_tokens"] if token["id"] >= n_tokens]
    if not strangers:
        return
    whole["added_tokens"] = [token for token in whole["added_tokens"] if token not in strangers]
    write_atomically(part / "tokenizer.json", json.dumps(whole, ensure_ascii=False))
    settings, names = read_json(part / "tokenizer_config.json"), {token["content"] for token in strangers}
    kept = {name: None if isinstance(value, str) and value in names else value for name, value in settings.items()}
    write_atomically(part / "tokenizer_config.json", json.dumps(kept, ensure_ascii=False))


def _names(header: GgufHeader, part: Path) -> dict[str, str]:
    model = build_skeleton(part, trust_remote_code=False)
    names = {INPUT_TABLE: embedding_parameter(model), OUTPUT_TABLE: head_name(model)}
    return {stored: name for stored, name in names.items() if stored in header.tensors}


def _number(header: GgufHeader) -> str:
    """The format of the weights in memory: as stored where most are plain numbers, else bfloat16."""
    held: dict[str, int] = {}
    for tensor in header.tensors.values():
        held[tensor.dtype] = held.get(tensor.dtype, 0) + tensor.numel
    most = max(held, key=lambda name: held[name])
    return TORCH_NAMES.get(most, "bfloat16") if most != "F64" else "float32"
