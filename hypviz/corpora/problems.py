"""Problem sets from a name, a file or an upload.

A name is that of a bundled set, with or without a seed, or of a published one, with or without ``@`` and a revision. A file is read by the
columns that its rows are known by, or by those that a person named (`Columns`).
"""

from __future__ import annotations

import os
from pathlib import Path

from hypviz.corpora.columns import Columns
from hypviz.corpora.decoding import read_bytes
from hypviz.corpora.forms import FORMS
from hypviz.corpora.joining import AFTER, BEFORE
from hypviz.corpora.opening import open_rows
from hypviz.corpora.problem_rows import problems_in, set_of
from hypviz.corpora.published import PUBLISHED, published_set
from hypviz.corpora.table import Rows
from hypviz.corpora.texts import NAMED_SIZE
from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError
from hypviz.problems import PROBLEM_SET_NAMES, is_problem_set, problem_set
from hypviz.records.limits import PROBLEMS
from hypviz.records.texts import ProblemSet
from hypviz.work import NOBODY, Work

KNOWN = frozenset({*BEFORE, *AFTER, *(name.casefold() for form in FORMS.values() for name in form.columns)})


def read_problems(
    name_or_path: str, *, limit: int | None = None, split: str = "train", columns: Columns | None = None, work: Work = NOBODY
) -> ProblemSet:
    """Problems of a NAME (its train or test split) or of a file, at most `limit`.

    `split` does not apply to files, `columns` not to names. `Stopped` between rows.
    """
    if limit is not None:
        PROBLEMS.check(limit)
    path = Path(name_or_path)
    is_name = (is_problem_set(name_or_path) or is_published(name_or_path)) and not path.is_file()
    if is_name and columns is not None:
        raise HypvizError(f"The set {name_or_path} is no file, so its columns are not chosen; leave them out, or give a file.")
    if is_problem_set(name_or_path) and not path.is_file():
        problems = problem_set(name_or_path, NAMED_SIZE if limit is None else limit, split=split)
        return set_of(name_or_path, problems, skipped=[], notices=())
    if is_published(name_or_path) and not path.is_file():
        name, _, revision = name_or_path.partition("@")
        return published_set(PUBLISHED[name], split=split, limit=limit, revision=revision or None, work=work)
    if not os.path.exists(path) and "/" not in name_or_path and "." not in name_or_path:
        names = ", ".join((*PROBLEM_SET_NAMES, *PUBLISHED))
        raise HypvizError(f"There is no problem set {quoted(name_or_path)!r}; choose one of {names}, or give a file.")
    return problems_from_bytes(read_bytes(path), path.name, limit=limit, columns=columns, work=work)


def is_published(name: str) -> bool:
    """Whether this names a published set, with or without a revision."""
    return name.partition("@")[0] in PUBLISHED


def rows_of(data: bytes, filename: str) -> Rows:
    """The rows of an uploaded file as they are, for a person to choose columns from."""
    return open_rows(data, filename, known=KNOWN)


def problems_from_bytes(
    data: bytes, filename: str, *, limit: int | None = None, columns: Columns | None = None, work: Work = NOBODY
) -> ProblemSet:
    """Problems of an uploaded file; `columns` are those named by hand. `UnknownColumns` where no row has a known question and answer."""
    if limit is not None:
        PROBLEMS.check(limit)
    table = open_rows(data, filename, known=KNOWN if columns is None else columns.names)
    return problems_in(table if columns is None else columns.chosen(table, filename), filename, limit=limit, work=work)
