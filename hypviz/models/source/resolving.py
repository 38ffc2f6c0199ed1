"""From MODEL to a complete, checked local folder with a fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.fingerprints import fingerprint
from hypviz.models.checkpoint.folder import open_checkpoint, read_json
from hypviz.models.checkpoint.packed.tensors import packed_tables
from hypviz.models.live.config import check_config
from hypviz.models.live.device import answering_place
from hypviz.models.source.gguf_file import folder_of, row_types
from hypviz.models.source.parsing import Source, parse_source
from hypviz.records.models import ModelRef
from hypviz.work import NOBODY, Work


def resolve(
    source: str,
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    download: bool = True,
    work: Work = NOBODY,
) -> ModelRef:
    """The model as a local folder, downloading a hub model's missing files first if `download`; raises `ModelError`, and `Stopped`.

    `work` hears of bytes. Weights are not loaded: headers are checked and contents hashed. Of a GGUF file, configuration and tokenizer are
    written into a folder once. Without `download` the network is not touched and nothing is written: either must have been done before.
    """
    parsed = parse_source(source, revision)
    folder, commit = parsed.folder, None
    if parsed.file is not None:
        folder = _of_gguf(parsed.file, parsed.text, download=download, work=work)
    if folder is None:
        found = _of_hub(parsed, trust_remote_code=trust_remote_code, download=download, work=work)
        if found is None:
            raise ModelError(f"{parsed.text} is not on this machine yet; load it on the Start page, which shows first what it costs.")
        place, commit = found
        folder = _of_gguf(place, parsed.text, download=download, work=work) if place.is_file() else place
    checkpoint = open_checkpoint(Path(folder), with_code=trust_remote_code)
    config = _checked_config(parsed, Path(folder), trust_remote_code=trust_remote_code)
    place = answering_place(checkpoint.n_parameters)
    return ModelRef(
        source=_named(parsed, revision),
        kind=parsed.kind,
        path=str(folder),
        revision=commit,
        dtype=checkpoint.dtype,
        fingerprint=fingerprint(checkpoint.files, work=work),
        trust_remote_code=trust_remote_code,
        only_vocabulary=parsed.only_vocabulary,
        quantised_rows=packed_tables(checkpoint.tensors, config) if checkpoint.gguf is None else row_types(checkpoint.gguf),
        number=place.number,
        device=place.device,
    )


def _checked_config(parsed: Source, folder: Path, *, trust_remote_code: bool) -> dict[str, Any]:
    """config.json, of a model that transformers can build; raises `ModelError`."""
    config = read_json(folder / "config.json")
    where = parsed.text if parsed.kind in ("hub", "gguf") else str(folder)
    check_config(config, where, trust_remote_code=trust_remote_code)
    return config


def _of_gguf(file: Path, text: str, *, download: bool, work: Work) -> Path:
    """The folder of a GGUF file; raises `ModelError` where it is not made yet and must not be made here."""
    found = folder_of(file, make=download, work=work)
    if found is None:
        raise ModelError(f"{text} was not loaded yet; load it on the Start page, which takes its tokenizer out of it once.")
    return found


def _of_hub(parsed: Source, *, trust_remote_code: bool, download: bool, work: Work) -> tuple[Path, str] | None:
    """(folder or GGUF file, commit hash), of the whole model or of its vocabulary; None where it must not be fetched and is not there."""
    from hypviz.models.source import cached, hub, vocabulary

    if parsed.only_vocabulary:
        if not download:
            return vocabulary.kept_vocabulary(parsed)
        return vocabulary.fetch_vocabulary(parsed, trust_remote_code=trust_remote_code, work=work)
    if not download:
        return cached.cached_snapshot(parsed)
    return hub.download(parsed, trust_remote_code=trust_remote_code, work=work)


def _named(parsed: Source, revision: str | None) -> str:
    """MODEL with the revision that was asked for beside it."""
    if revision is None or parsed.kind != "hub" or "@" in parsed.text:
        return parsed.text
    name, sign, part = parsed.text.partition("#")
    return f"{name}@{revision}{sign}{part}"
