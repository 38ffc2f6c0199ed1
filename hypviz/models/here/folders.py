"""Models below a folder of the operator's: folders in Hugging Face format and GGUF files, at any depth; links are not followed.

In: a root and a deadline. Out: one entry a model, and what could not be looked through. A link that stays within the roots is passed over,
because what it leads to is found where it lies; one that leads out is named.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypviz.models.here.judging import NOT_TEXT, Judged, file_sizes, is_text, judge_folder, judge_gguf, shown, unreadable
from hypviz.models.source.parsing import shortened
from hypviz.models.source.roots import way_out
from hypviz.records.local_models import LocalModel
from hypviz.work import Deadline

OUT = "a link that leads out of the folder"


def models_below(root: Path, deadline: Deadline) -> tuple[list[LocalModel], list[str]]:
    """The models below `root`, and sentences on what was not looked at; raises nothing."""
    found: list[LocalModel] = []
    closed: list[str] = []
    if not os.path.isdir(root):  # unlike Path.is_dir, False for a name too long to exist
        return [], [
            f"HYPVIZ_MODELS names {shortened(shown(str(root)))}, which is no folder that can be read; correct it and start the app again."
        ]
    for place, folders, names in os.walk(root, onerror=lambda error: closed.append(str(error.filename))):
        if deadline.is_over:
            return found, [f"{root} is large: it was looked through for some seconds, up to {place}; name folders further inside it."]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(place)
        found += [_entry(root, here / name, Judged(holds="link", size=0, problem=OUT)) for name in folders if _leads_out(here / name)]
        if any(name.endswith((".safetensors", ".safetensors.index.json", ".bin", ".pt", ".pth", ".gguf", ".GGUF")) for name in names):
            found += _in_folder(root, here, names)
    if len(closed) == 1:
        return found, [f"The folder {closed[0]} cannot be read; check its permissions."]
    told = f"{len(closed):,} folders below {root} cannot be read (the first: {closed[0]}); check their permissions." if closed else None
    return found, [told] if told else []


def _in_folder(root: Path, folder: Path, names: list[str]) -> list[LocalModel]:
    found: list[LocalModel] = []
    try:
        sizes = file_sizes(folder)
        outside = next((name for name in sorted(names) if _leads_out(folder / name)), None)
        judged = judge_folder(folder, sizes)
        if judged is not None:
            problem = judged.problem if outside is None else f"{outside} leads out of the folder"
            found.append(_entry(root, folder, Judged(holds=judged.holds, size=judged.size, problem=problem)))
        for name in sorted(name for name in sizes if name.lower().endswith(".gguf") and "mmproj" not in name.lower()):
            of_file = judge_gguf(folder / name, sizes[name])
            if of_file is not None:
                out = _leads_out(folder / name)
                found.append(_entry(root, folder / name, Judged(holds="GGUF", size=of_file.size, problem=OUT if out else of_file.problem)))
    except OSError as error:
        found.append(_entry(root, folder, Judged(holds="", size=0, problem=unreadable(error))))
    return found


def _leads_out(path: Path) -> bool:
    try:
        return path.is_symlink() and way_out(path) is not None
    except (OSError, RuntimeError):  # a link to itself
        return True


def _entry(root: Path, path: Path, judged: Judged) -> LocalModel:
    """A name that is no text in UTF-8 can be shown in part only, and given to nothing."""
    name, named = str(path.relative_to(root)) if path != root else root.name, is_text(str(path))
    return LocalModel(
        place=shown(str(root)),
        name=shown(name),
        source=shown(str(path)),
        size=judged.size,
        holds=judged.holds,
        problem=judged.problem if named else NOT_TEXT,
    )
