"""The paper's four token groups (arXiv 2410.04010v2, Table 1) in a given vocabulary, bare and after a space.

In: the tokens' texts as typed, counts and norms of the whole vocabulary, and the tokenizer's own pieces for forms that the
vocabulary lacks. Out: one `TokenForm` per word and form, and summaries per group and form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hypviz.frequency.paper import TOKEN_GROUPS
from hypviz.records.frequency import GroupSummary, TokenForm


def token_forms(
    text: Sequence[str], usable: np.ndarray, count: np.ndarray, norm: np.ndarray, encode: Callable[[str], Sequence[int]]
) -> tuple[TokenForm, ...]:
    """Every word of every group in both forms.

    A form is one token if the vocabulary holds it (of several with that text the most frequent; `usable` (n,) excludes special
    ones, the unknown token among them) or if `encode` gives a single usable id; otherwise its pieces are named by their texts.
    """
    wanted = {space + word for words in TOKEN_GROUPS for word in words for space in ("", " ")}
    ids: dict[str, int] = {}
    for i, typed in enumerate(text):
        if typed in wanted and usable[i] and (typed not in ids or count[i] > count[ids[typed]]):
            ids[typed] = i
    forms: list[TokenForm] = []
    for group, words in enumerate(TOKEN_GROUPS, start=1):
        for leading_space in (False, True):
            for word in words:
                typed = (" " if leading_space else "") + word
                pieces = (ids[typed],) if typed in ids else tuple(encode(typed))
                single = pieces[0] if len(pieces) == 1 and pieces[0] < len(text) and usable[pieces[0]] else None
                forms.append(
                    TokenForm(
                        group=group,
                        word=word,
                        leading_space=leading_space,
                        token_id=single,
                        count=None if single is None else int(count[single]),
                        norm=None if single is None else float(norm[single]),
                        pieces=tuple(text[i] if i < len(text) else f"<token {i}>" for i in pieces),
                    )
                )
    return tuple(forms)


def group_summaries(forms: Sequence[TokenForm]) -> tuple[GroupSummary, ...]:
    """Mean, min and max over the single-token words, per group and form, in that order."""
    keys = sorted({(f.group, f.leading_space) for f in forms})
    return tuple(_summary(g, s, [f for f in forms if (f.group, f.leading_space) == (g, s)]) for g, s in keys)


def _summary(group: int, leading_space: bool, forms: Sequence[TokenForm]) -> GroupSummary:
    single = [f for f in forms if f.token_id is not None]
    return GroupSummary(
        group=group,
        leading_space=leading_space,
        n_single=len(single),
        split_words=tuple(f.word for f in forms if f.token_id is None),
        frequency=_spread([float(f.count) for f in single if f.count is not None]),
        norm=_spread([f.norm for f in single if f.norm is not None]),
    )


def _spread(values: list[float]) -> tuple[float, float, float] | None:
    return (sum(values) / len(values), min(values), max(values)) if values else None
