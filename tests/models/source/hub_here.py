"""A hub within the process of a test: the client's three calls answered from folders, and every one of them noted.

What belongs to the network itself (redirects, ranges, breaks, refusals) is asked of `hub_server.py` in a process of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from hypviz.models.source import ranges

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class HubHere:
    """`folders` by repository id; `asked` has a line a question, `sent` the bytes of ranges; no answer while `is_gone`."""

    folders: dict[str, Path]
    cache: Path
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    is_gone: bool = False
    commit: str = COMMIT

    def model_info(self, repo: str, *, revision: str | None = None, **how: object) -> Any:
        self.asked.append(f"list {repo}")
        if self.is_gone:
            raise errors.OfflineModeIsEnabled("no network in this test")
        top = self.folders[repo]
        files = [f for f in sorted(top.rglob("*")) if f.is_file()]
        told = [SimpleNamespace(rfilename=f.relative_to(top).as_posix(), size=f.stat().st_size) for f in files]
        return SimpleNamespace(sha=self.commit, siblings=told, safetensors=SimpleNamespace(parameters={"BF16": 44512}))

    def hf_hub_download(self, repo: str, name: str, *, revision: str, **how: object) -> str:
        self.asked.append(f"file {name}")
        target = self.cache / f"models--{repo.replace('/', '--')}" / "snapshots" / revision / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(self.folders[repo] / name, target)
        return str(target)

    def answer(self, remote: ranges.RemoteFile, start: int, stop: int) -> Iterator[bytes]:
        self.asked.append(f"range {remote.name}")
        self.sent += stop - start
        remote.etag = '"one"'
        with open(self.folders[remote.repo] / remote.name, "rb") as stream:
            stream.seek(start)
            yield stream.read(stop - start)


def hub_here(monkeypatch: pytest.MonkeyPatch, cache: Path, **folders: Path) -> HubHere:
    """A hub of these repositories of ``org``, with its own cache."""
    hub = HubHere(folders={f"org/{name}": folder for name, folder in folders.items()}, cache=cache)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: hub)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", hub.hf_hub_download)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *a, **k: _kept(cache, *a, **k))
    monkeypatch.setattr(ranges.RemoteFile, "_answer", lambda remote, start, stop: hub.answer(remote, start, stop))
    return hub


def _kept(cache: Path, repo: str, name: str, *, revision: str) -> str | None:
    file = cache / f"models--{repo.replace('/', '--')}" / "snapshots" / revision / name
    return str(file) if file.exists() else None
