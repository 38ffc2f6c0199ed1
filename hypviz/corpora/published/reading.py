"""Rows of a published set, streamed at one commit and kept in the store; without a network what was kept, or what `datasets` has cached.

A revision is resolved to its commit first, which stands in the set's notice and in every problem. No code of a repository is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from hypviz.corpora.parquet import plain
from hypviz.corpora.problem_rows import AT_ONCE, problems_in
from hypviz.corpora.published.refusals import Unreachable, sentences
from hypviz.corpora.published.table import PublishedSet
from hypviz.corpora.table import Rows
from hypviz.errors import HypvizError
from hypviz.records.texts import Commit, ProblemSet
from hypviz.store import Store
from hypviz.work import NOBODY, Work

KIND, COMMITS = "published", "published-commits"
ALGORITHM = 1
TIMEOUT_S = 10.0
_COMMIT = re.compile(r"[0-9a-f]{40}")


def published_set(
    entry: PublishedSet, *, split: str = "train", limit: int | None = None, revision: str | None = None, work: Work = NOBODY
) -> ProblemSet:
    """The problems in the first `limit` rows of the split to learn from (``train``) or to ask (``test``). Raises `HypvizError`.

    `Stopped` between rows; nothing is kept of a set that was not read to its end.
    """
    wanted = revision or entry.revision
    store = Store()
    place = {"repository": entry.repository, "revision": wanted}
    work.part(0.02).report(0, 1, f"asking the hub for {entry.repository}")
    try:
        with sentences(entry.repository, wanted):
            commit = commit_of(entry.repository, wanted)
        store.put(COMMITS, place, Commit(repository=entry.repository, revision=wanted, commit=commit))
    except Unreachable as error:
        known = store.get(COMMITS, place, Commit)
        kept = None if known is None else store.get(KIND, _key(entry, split, limit, known.commit), ProblemSet)
        return kept or _cached(entry, split, limit, wanted, error, work)
    key = _key(entry, split, limit, commit)
    return store.load_or_compute(KIND, key, ProblemSet, lambda: _streamed(entry, split, limit, commit, work)).record


def commit_of(repository: str, revision: str) -> str:
    """The commit (40 hex) that a branch, tag or commit of the repository is, as the hub says now."""
    from huggingface_hub import HfApi, constants

    found = HfApi(endpoint=constants.ENDPOINT).dataset_info(repository, revision=revision, timeout=TIMEOUT_S)
    return str(found.sha)


def _key(entry: PublishedSet, split: str, limit: int | None, commit: str) -> dict[str, Any]:
    where = {"repository": entry.repository, "config": entry.config, "split": entry.split(split), "commit": commit}
    return where | {"name": entry.name, "wanted": split, "limit": limit, "algorithm": ALGORITHM}


def _streamed(entry: PublishedSet, split: str, limit: int | None, commit: str, work: Work) -> ProblemSet:
    """The rows as they come, without the rest of the set."""
    import datasets

    name = entry.split(split)
    with sentences(entry.repository, commit):
        rows = datasets.load_dataset(entry.repository, entry.config, split=name, revision=commit, streaming=True)
        n = min(filter(None, (_rows_of(rows, name), limit)), default=0)
        found = _fetched(cast("Iterator[dict[str, Any]]", islice(rows, limit)), n, work.part(0.5))
    return _problems(entry, split, commit, found, work.part(0.48))


def _rows_of(rows: Any, split: str) -> int:
    """How many rows a set says that it has, 0 where it does not say."""
    found: Any = getattr(getattr(rows, "info", None), "splits", None) or {}
    return int(getattr(found.get(split), "num_examples", 0) or 0)


def _fetched(rows: Iterator[dict[str, Any]], n: int, work: Work) -> tuple[Any, ...]:
    """All of these rows, `n` where that is known, with a word on each few hundred."""
    found: list[Any] = []
    work.report(0, 1, "waiting for the first row")
    for row in rows:
        work.check()
        found.append(plain(dict(row)))
        if len(found) % AT_ONCE == 1:
            work.report(min(len(found), n), n or 1, f"{len(found):,}{f' of {n:,}' if n else ''} rows fetched")
    work.check()
    return tuple(found)


def _cached(entry: PublishedSet, split: str, limit: int | None, wanted: str, unreachable: HypvizError, work: Work) -> ProblemSet:
    """The set from the cache of `datasets`, at the commit it was loaded at; `unreachable` is raised where it is not there."""
    from datasets.packaged_modules.cache.cache import Cache

    name, short = entry.split(split), entry.repository.rpartition("/")[2]
    try:
        builder = Cache(repo_id=entry.repository, dataset_name=short, config_name=entry.config, version="auto", hash="auto")
        rows = cast("Iterator[dict[str, Any]]", iter(cast(Any, builder).as_dataset(split=name)))
    except Exception as error:  # of several libraries; what matters is that the set is not here
        raise unreachable from error
    commit = str(builder.hash)
    if _COMMIT.fullmatch(wanted) and commit != wanted:
        raise unreachable
    return _problems(entry, split, commit, _fetched(islice(rows, limit), limit or 0, work.part(0.5)), work.part(0.48))


def _problems(entry: PublishedSet, split: str, commit: str, found: tuple[Any, ...], work: Work) -> ProblemSet:
    """The problems of these rows, with where they are from in a notice and in each of them."""
    where = f"{entry.repository}, {f'{entry.config}, ' if entry.config else ''}{entry.split(split)} split, commit {commit}"
    said = [f"From {where}."]
    if entry.note and split == "test":
        said.append(entry.note)
    if entry.test is None and split == "test":
        said.append("It has no split to ask: these are the problems to learn from.")
    table = Rows(rows=found, places=tuple(f"row {number}" for number in range(1, len(found) + 1)), notices=tuple(said))
    return problems_in(table, entry.name, source=where, work=work)
