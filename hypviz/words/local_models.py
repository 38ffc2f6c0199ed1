"""Models on this machine and small ones worth trying, in words."""

from __future__ import annotations

from hypviz.records.local_models import LocalModel, ModelsHere


def place_words(place: str) -> str:
    """A store by its name, a folder by the last part of its path."""
    return place.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] or place


def short_name(model: LocalModel) -> str:
    """The name without what lies between its first and its last part, which for a file in a repository says the same once more."""
    parts = model.name.split("/")
    if len(parts) < 3:
        return model.name
    first, *inner, last = parts
    return f"{first}/…/{last}" if inner[1:] or (inner and last.lower().endswith(".gguf")) else model.name


def commit_words(model: LocalModel) -> str:
    """The branches that name a commit, and its first digits; empty for what comes from no hub."""
    if model.revision is None:
        return ""
    return " · ".join([*(branch for branch in model.branches[:2]), model.revision[:8]])


def state_words(model: LocalModel) -> str:
    """What a model is stored as, or what keeps it from being opened."""
    return model.holds if model.problem is None else model.problem


def as_downloaded(source: str, commit: str) -> str:
    """Which commit is used where the hub was not asked or gave no answer."""
    name, _, revision = source.split("#", 1)[0].partition("@")
    what = name if revision == commit else f"{revision or 'main'} of {name}"
    return f"The hub was not reached: {what} is used as it was downloaded earlier, at commit {commit[:12]}."


def counted(found: ModelsHere) -> str:
    """How many were found, and how many of them cannot be opened as they are."""
    n, broken = len(found.models), sum(model.problem is not None for model in found.models)
    if not broken:
        return f"{n:,} found." if n > 1 else "1 found."
    return f"{n:,} found, of which {broken:,} cannot be opened as they are; the reason stands beside each."


def none_found(found: ModelsHere, variable: str) -> str:
    """Where was looked in vain, and what to do."""
    return (
        f"No model lies in {', '.join(found.looked_at)} (Ollama's and LM Studio's stores were looked for). Choose Hub id for small ones "
        f"worth fetching, or start the app with {variable} set to the folders that hold your models: they are then listed here."
    )


def file_words(n: int) -> str:
    """How many files a model is read from."""
    return "1 file" if n == 1 else f"{n:,} files"
