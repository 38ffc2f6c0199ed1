"""The Start page's use case: load what the vocabulary pages need of a model, check it, and report what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypviz.errors import Stopped
from hypviz.models import estimate, read_embeddings, read_token_table, resolve, summarise
from hypviz.models.checkpoint.contents import FileContents, file_contents
from hypviz.records import Record
from hypviz.records.models import TOKEN_KINDS, LoadCost, ModelRef, ModelSummary
from hypviz.studies.model_notices import model_notices, sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport(Record):
    """A loaded model: `kinds` counts the rows of each kind; norms are those of the raw rows that a token has.

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
    norm_median: float
    norm_range: tuple[float, float]
    notices: tuple[str, ...] = ()


def load_report(
    source: str,
    *,
    revision: str | None = None,
    trust_remote_code: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ModelReport:
    """Download if needed, check and describe MODEL; raises `ModelError`, or `Stopped` with whatever was downloaded kept."""

    def report(done: int, total: int, text: str) -> None:
        if should_stop is not None and should_stop():
            raise Stopped(f"Loading {source} was stopped; load it again when you like, a download goes on where it stopped.")
        if progress is not None:
            progress(done, total, text)

    ref = resolve(source, revision=revision, trust_remote_code=trust_remote_code, progress=report)
    report(0, 0, "reading the architecture")
    summary = summarise(ref)
    contents = file_contents(ref)
    report(0, 0, "reading the tokens")
    tokens = read_token_table(ref)
    report(0, 0, "reading the embedding rows")
    norms = np.linalg.norm(read_embeddings(ref).values[tokens.has_token], axis=1)
    report(0, 0, "reading plain text")
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
        norm_median=float(np.median(norms)),
        norm_range=(float(norms.min()), float(norms.max())),
        notices=notices,
    )
