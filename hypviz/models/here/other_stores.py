"""GGUF files that Ollama and LM Studio keep on this machine, found by the layout of their stores; reads no model.

In: the home folder, and what moves the stores: ``OLLAMA_MODELS``, and LM Studio's pointer and settings. Out: one `LocalModel` per model, by
name; what is broken is there with its reason. Sources: the manifests of https://github.com/ollama/ollama/blob/main/docs/faq.mdx
(models/manifests, models/blobs), https://lmstudio.ai/docs/app/advanced/import-model.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.here.judging import NOT_TEXT, Judged, is_text, judge_gguf, shown, unreadable
from hypviz.records.local_models import LocalModel

_MODEL_LAYER = "application/vnd.ollama.image.model"
_SERVICE = Path("/usr/share/ollama/.ollama/models")  # of Ollama as a service under Linux
_LM_STUDIO = (".lmstudio", ".cache/lm-studio")  # below the home folder: of releases from 0.3.6 on, and before
_POINTER = ".lmstudio-home-pointer"  # a file with the path of LM Studio's folder
_NAMES_NO_WEIGHTS = "its manifest names no weights in one file"
_DEEPEST = 4  # folders below a store in which files are looked for; both lay them three or fewer deep
_LARGEST_JSON = 1_000_000  # bytes; manifests have some hundred, settings some thousand


def stored_ggufs(home: Path | None = None) -> tuple[LocalModel, ...]:
    """Every model in the stores of Ollama and LM Studio; a store that is not there has none."""
    there, ollama = stores(home), _ollama(home)
    found = [each for root in there if root in ollama for each in _of_ollama(root)]
    found += [each for root in there if root not in ollama for each in _of_lm_studio(root)]
    return tuple(sorted((_printable(each) for each in found), key=lambda each: (each.place, each.name)))


def stores(home: Path | None = None) -> tuple[Path, ...]:
    """The folders that are there to be looked into."""
    return tuple(each for each in (*_ollama(home), *_lm_studio(home or Path(os.path.expanduser("~")))) if os.path.isdir(each))


def _ollama(home: Path | None) -> tuple[Path, ...]:
    moved = os.environ.get("OLLAMA_MODELS")
    if moved:
        return (Path(os.path.expanduser(moved)),)
    return (Path(os.path.expanduser("~")) / ".ollama" / "models", _SERVICE) if home is None else (home / ".ollama" / "models",)


def _lm_studio(home: Path) -> tuple[Path, ...]:
    bases = [home / name for name in _LM_STUDIO]
    with suppress(OSError, ValueError):
        if (home / _POINTER).is_file():  # reading a pipe would wait for ever
            bases.insert(0, Path((home / _POINTER).read_text(encoding="utf-8").strip()))
    roots = [base / "models" for base in bases]
    for base in bases:
        chosen: Any = _settings(base / "settings.json").get("downloadsFolder")
        if isinstance(chosen, str) and chosen:
            roots.append(Path(os.path.expanduser(chosen)))
    return tuple(dict.fromkeys(roots))


def _settings(file: Path) -> dict[str, Any]:
    try:
        return read_json(file) if file.is_file() and file.stat().st_size <= _LARGEST_JSON else {}
    except (ModelError, OSError):
        return {}


def _of_ollama(root: Path) -> list[LocalModel]:
    """Models by their manifests, which name a blob by its hash."""
    found: list[LocalModel] = []
    for manifest in _files(root / "manifests"):
        *where, model, tag = manifest.relative_to(root / "manifests").parts
        outer = [part for part in where[1:] if part != "library"]  # behind the registry's host
        file, judged = _blob(root, manifest)
        name = f"{'/'.join([*outer, model])}:{tag}"
        source = str(file or manifest)
        found.append(
            LocalModel(place="Ollama", name=name, source=source, size=judged.size, holds=judged.holds or "GGUF", problem=judged.problem)
        )
    return found


def _blob(root: Path, manifest: Path) -> tuple[Path | None, Judged]:
    """The file of a manifest's weights, and what it is worth."""
    nothing = Judged(holds="", size=0, problem=_NAMES_NO_WEIGHTS)
    try:
        if manifest.stat().st_size > _LARGEST_JSON:
            return None, Judged(holds="", size=0, problem="its manifest is too large to be one")
        said: list[Any] | None = read_json(manifest).get("layers")
    except (ModelError, OSError):
        return None, Judged(holds="", size=0, problem="its manifest cannot be read")
    layers: list[Any] = said if isinstance(said, list) else []
    for layer in layers:
        digest: Any = _value(layer, "digest") if _value(layer, "mediaType") == _MODEL_LAYER else None
        if isinstance(digest, str) and digest.replace(":", "").isalnum():
            blob = root / "blobs" / digest.replace(":", "-")
            try:
                return blob, judge_gguf(blob, blob.stat().st_size) or nothing
            except FileNotFoundError:
                return None, Judged(holds="", size=0, problem="its weights are gone")
            except OSError as error:
                return None, Judged(holds="", size=0, problem=unreadable(error))
    return None, nothing


def _value(layer: Any, key: str) -> Any:
    """What a layer of a manifest says, None where it is no table or says nothing."""
    found: dict[str, Any] | None = layer
    return found.get(key) if isinstance(found, dict) else None


def _of_lm_studio(root: Path) -> list[LocalModel]:
    """Files at publisher/model/file.gguf, projectors of vision models left out."""
    found: list[LocalModel] = []
    for file in _files(root):
        if file.suffix.lower() != ".gguf" or "mmproj" in file.name.lower():
            continue
        try:
            judged = judge_gguf(file, file.stat().st_size)
        except OSError as error:
            judged = Judged(holds="GGUF", size=0, problem=unreadable(error))
        if judged is not None:
            name = file.relative_to(root).as_posix()
            found.append(
                LocalModel(place="LM Studio", name=name, source=str(file), size=judged.size, holds=judged.holds, problem=judged.problem)
            )
    return found


def _printable(model: LocalModel) -> LocalModel:
    """`model` as it can be shown: of a name that is no text in UTF-8 in part only."""
    if is_text(model.name + model.source):
        return model
    return replace(model, name=shown(model.name), source=shown(model.source), problem=NOT_TEXT)


def _files(root: Path) -> list[Path]:
    """Files two to `_DEEPEST` folders below one that may not be readable, as both stores lay them; pipes are passed over."""
    found: list[Path] = []
    for place, folders, names in os.walk(root):
        depth = len(Path(place).relative_to(root).parts)
        if depth >= _DEEPEST:
            folders.clear()
        if depth >= 2:
            files = (Path(place) / name for name in names)
            found += [file for file in files if os.path.isfile(file) or not os.path.exists(file)]  # a link that leads nowhere is told
    return found
