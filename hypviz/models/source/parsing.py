"""What MODEL means: the bundled model, a local folder, a GGUF file, or a hub id with an optional GGUF file, revision and part."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from pathlib import Path

from hypviz.bundled import BUNDLED_SOURCE, bundled_folder
from hypviz.errors import ModelError, ModelGone
from hypviz.models.checkpoint.fingerprints import was_read
from hypviz.models.checkpoint.gguf_header import is_gguf
from hypviz.models.source.roots import refuse_ways_out

VOCABULARY = "#vocabulary"  # behind a hub id: its tables and tokenizer alone; =10000 behind that: of so many tokens
_LONGEST_SHOWN = 300  # signs
_PATHS = ("~", "./", "../")  # how paths begin that are not absolute
_FOUND: set[Path] = set()  # what this process has found to be a folder or file
_PART = re.compile(rf"(.*){VOCABULARY}(?:=([1-9]\d{{0,8}}))?")
_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)((?:/[^@#/\\]+)*/[^@#/\\]+\.gguf)?(?:@([\w./-]+))?", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^/\s]+/([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:[/?#]|$)")  # of a page of a hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed MODEL: `kind` is ``bundled``, ``folder``, ``gguf`` or ``hub``; `folder`, `file` or `repo` is set accordingly.

    `gguf` is the file of the repository that was named, None where none was. `only_vocabulary` asks for the tables and the tokenizer of a
    hub model alone, of the first `rows` tokens where that is not None.
    """

    text: str
    kind: str
    folder: Path | None = None
    file: Path | None = None
    repo: str | None = None
    gguf: str | None = None
    revision: str | None = None
    only_vocabulary: bool = False
    rows: int | None = None


def shortened(text: str) -> str:
    """What was given as MODEL, as a sentence can hold it."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:60]}…"


def parse_source(text: str, revision: str | None = None) -> Source:
    """The meaning of MODEL; an existing folder wins over a hub id of the same spelling. Raises `ModelError`."""
    found = _meaning(text.strip(), revision)
    if revision and found.kind != "hub":
        what = "the bundled model" if found.kind == "bundled" else f"the {'file' if found.file else 'folder'} {found.text}"
        raise ModelError(f"The revision {revision[:60]} has no meaning for {what}, which has one; leave it out, or give a hub id.")
    return found


def _meaning(text: str, revision: str | None) -> Source:
    if not text:
        raise ModelError("No model was given; write `bundled`, a folder, or a hub id such as org/name.")
    if text == BUNDLED_SOURCE:
        return Source(text=text, kind="bundled", folder=bundled_folder())
    path = Path(os.path.expanduser(text))
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:
        raise ModelError(
            f"{shortened(text)} is no path this machine can look up ({error.strerror}); check the spelling and the permissions."
        ) from error
    if is_folder or is_file:
        refuse_ways_out(path)
        _FOUND.add(path.absolute())
    if is_folder:
        return Source(text=text, kind="folder", folder=path.resolve())
    if is_file and is_gguf(path):
        return Source(text=text, kind="gguf", file=path.resolve())
    if is_file:
        raise ModelError(f"{text} is a file; give the folder that holds it, with its config.json and tokenizer beside it, or a GGUF file.")
    part = _PART.fullmatch(text)
    if part is not None:
        return _vocabulary(text, part[1], revision, int(part[2]) if part[2] else None)
    match = _HUB_ID.fullmatch(text)
    if match is None or "--" in match[1] or ".." in text:
        if path.absolute() in _FOUND or was_read(Path(os.path.realpath(path))):
            raise ModelGone(f"{_is_gone(text)}; bring it back, or choose another model.")
        raise ModelError(_no_path(text, path) or _none_of_these(text))
    if path.absolute() in _FOUND:
        raise ModelGone(f"{_is_gone(text)}; bring it back, or write {text}@main for the hub's model of that name.")
    if str(match[3]).lower().endswith(".gguf"):
        where, _, file = match[3].partition("/")
        raise ModelError(f"{text!r} names the revision before the file; write {match[1]}/{file or 'FILE.gguf'}@{where}.")
    if revision and match[3] and revision != match[3]:
        raise ModelError(f"{text!r} names revision {match[3]} but {revision} was asked for as well; give one of the two.")
    return Source(text=text, kind="hub", repo=match[1], gguf=match[2][1:] if match[2] else None, revision=match[3] or revision)


def _is_gone(text: str) -> str:
    return f"{shortened(text)!r} was on this machine and is gone: it was deleted, moved or renamed since, or its disk is not connected"


def _no_path(text: str, path: Path) -> str | None:
    """The sentence for a path at which nothing lies; None for what is no path."""
    if not os.path.isabs(path) and not text.startswith(_PATHS):
        return None
    missing = path.absolute()
    while not os.path.isdir(missing.parent) and missing.parent != missing:
        missing = missing.parent
    where = f"{shortened(str(missing.parent))} holds nothing called {shortened(missing.name)!r}"
    return f"{shortened(text)!r} is no folder or GGUF file on this machine, for {where}; check the spelling, or whether it was moved."


def _none_of_these(text: str) -> str:
    """The sentence for what is no MODEL; it says what to write where that can be seen."""
    name, mark, part = text.partition("#")
    if mark and _HUB_ID.fullmatch(name):
        return (
            f"{'#' + part!r} behind {name} is no part of a model; write {name}{VOCABULARY} for its vocabulary alone, or "
            f"{name}{VOCABULARY}=10000 for its first 10,000 tokens."
        )
    address = _ADDRESS.match(text)
    if address is not None:
        return f"{text!r} is an address; write the hub id in it, {address[1]}, with @revision behind it if it is not main."
    return (
        f"{shortened(text)!r} is neither `bundled`, nor a folder or GGUF file on this machine, nor a hub id (org/name); check the spelling."
    )


def _vocabulary(text: str, name: str, revision: str | None, rows: int | None) -> Source:
    """The part of a hub model that `VOCABULARY` asks for; what lies on this machine is read by parts anyway."""
    whole = _meaning(name.strip(), revision)
    if whole.kind != "hub":
        raise ModelError(f"{name.strip()} is on this machine, where only what is looked at is read; leave {VOCABULARY} out.")
    return dataclasses.replace(whole, text=text, only_vocabulary=True, rows=rows)
