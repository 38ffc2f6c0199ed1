"""The models that lie on a machine: what each is by names, sizes and first bytes, and what keeps it from being opened."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel(Record):
    """One model. `place` is whose store it lies in (``Hub cache``, ``Ollama``), `source` the MODEL to give, `size` the bytes of weights.

    `holds` says in which format (``safetensors``, ``GGUF``, ``pickle``), `revision` at which commit of a hub model, which `branches` of it
    name that commit, and `problem` in a few words why it cannot be opened as it lies there, None where nothing speaks against it.
    `can_finish`: what is missing can be downloaded by giving `source`.
    """

    place: str
    name: str
    source: str
    size: int
    holds: str
    revision: str | None = None
    branches: tuple[str, ...] = ()
    problem: str | None = None
    can_finish: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsHere(Record):
    """What was found: whole models first, by place and name. `notes` are sentences on places that could not be looked through."""

    models: tuple[LocalModel, ...]
    looked_at: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion(Record):
    """A small model of the hub: `n_parameters` and `download_bytes` rounded as published, `rows` of its table, and its licence."""

    source: str
    n_parameters: int
    rows: int
    download_bytes: int
    licence: str
    words: str
