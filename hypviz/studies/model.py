"""The Start page's use case: load what the vocabulary pages need of a model, check it, and report what it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.errors import Stopped
from hypviz.models import estimate, resolve, summarise
from hypviz.models.checkpoint.contents import FileContents, file_contents
from hypviz.records import Record
from hypviz.records.models import TOKEN_KINDS, LoadCost, ModelRef, ModelSummary
from hypviz.studies.model_notices import model_notices, sentences
from hypviz.studies.tokens import row_norms, token_table
from hypviz.studies.untrained import taking_part
from hypviz.work import NOBODY, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport(Record):
    """A loaded model: `kinds` counts the rows of each kind; norms are those of the raw rows that a token has, without `n_untrained` rows
    that were never trained.

    `notices` are sentences to be read before believing it.
    """

    ref: ModelRef
    cost: LoadCost
    summary: ModelSummary
    kinds: dict[str, int]
    contents: FileContents
    n_tokens: int
    n_without_token: int
    n_without_row: int
    n_untrained: int
    norm_median: float
    norm_range: tuple[float, float]
    notices: tuple[str, ...] = ()


def load_report(
    source: str,
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    work: Work = NOBODY,
) -> ModelReport:
    """Download if needed, check and describe MODEL; raises `ModelError`, or `Stopped` with whatever was downloaded kept."""
    try:
        return _report(source, revision, trust_remote_code, work)
    except Stopped as stopped:
        words = f"Loading {source} was stopped; load it again when you like, a download goes on where it stopped."
        raise Stopped(words) from stopped


def _report(source: str, revision: str | None, trust_remote_code: bool, work: Work) -> ModelReport:
    ref = resolve(source, revision=revision, trust_remote_code=trust_remote_code, work=work.part(0.5))
    _next(work, 0.1, "reading the architecture")
    summary = summarise(ref)
    contents = file_contents(ref)
    _next(work, 0.1, "reading the tokens")
    tokens = token_table(ref)
    _next(work, 0.1, "reading the embedding rows")
    part = taking_part(ref, ("input",), untrained=False)
    norms = row_norms(ref)[part.rows]
    _next(work, 0.2, "reading plain text")
    notices = sentences(ref, model_notices(ref))
    named = np.bincount(tokens.kind, minlength=len(TOKEN_KINDS))
    return ModelReport(
        ref=ref,
        cost=estimate(ref.path, trust_remote_code=trust_remote_code),
        summary=summary,
        kinds={name: int(n) for name, n in zip(TOKEN_KINDS, named, strict=True)},
        contents=contents,
        n_tokens=len(tokens.text) - tokens.n_without_token,
        n_without_token=tokens.n_without_token,
        n_without_row=tokens.n_without_row,
        n_untrained=part.n_untrained,
        norm_median=float(np.median(norms)),
        norm_range=(float(norms.min()), float(norms.max())),
        notices=notices,
    )


def _next(work: Work, share: float, text: str) -> None:
    """The next stage begins; raises `Stopped`."""
    work.check()
    work.part(share, text).report(0, 1)
