"""What is said of rows that were never trained: why they count as such, which they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypviz.records.untrained import REASONS, UntrainedRows

EXAMPLES = 3
TAKE_IN = "Take in rows never trained"
TAKE_IN_HELP = (
    "Rows that are all zero, equal or nearly equal to others, or next to nothing long were never trained, and say nothing of their tokens; "
    "they are left out of norms, nulls, layouts and neighbours. A row that is as it was drawn at random is not told from a trained one."
)


def untrained_sentences(
    found: UntrainedRows, shown: Callable[[int], str], *, taken_in: bool = False, quantised: str | None = None
) -> tuple[str, ...]:
    """How many rows for which reason, with examples as `shown` gives them by id; empty where none was found and all rows were read.

    `quantised` names the type in which rows are quantised.
    """
    lines: list[str] = []
    if len(found.ids):
        listed = [_group(found, code, shown) for code in range(len(REASONS)) if (found.reason == code).any()]
        lines.append(f"Rows of the {found.table} table that were never trained, as far as rows tell: {_and(listed)}.")
        lines += _becomes(found, taken_in)
        if quantised and (found.reason == REASONS.index("equal to others")).any():
            lines.append(f"Rows are quantised ({quantised}), where nearly equal ones may have become equal.")
    if found.n_whole is not None:
        lines.append(f"Judged are the {found.n_judged:,} tokens that were read, of {found.n_whole:,} rows.")
    return tuple(lines)


def reason_words(found: UntrainedRows, place: int) -> str:
    """Why the row at that place of the list counts as never trained: ``equal to 6 others``."""
    reason, others = REASONS[int(found.reason[place])], int(found.others[place])
    return reason.replace("others", f"{others:,} other" + ("s" if others != 1 else "")) if reason.endswith("others") else reason


def left_out_words(n: int) -> str:
    """``15 tokens whose rows were never trained are left out.``"""
    return f"{n:,} tokens whose rows were never trained are left out." if n != 1 else "1 token whose row was never trained is left out."


def _group(found: UntrainedRows, code: int, shown: Callable[[int], str]) -> str:
    """``8 nearly equal to others (“a”, “b”, “c”, …)``."""
    ids: list[int] = found.ids[found.reason == code].tolist()
    named = [f"“{shown(i)}”" for i in ids[:EXAMPLES]]
    return f"{len(ids):,} {REASONS[code]} ({', '.join([*named, *(['…'] if len(ids) > EXAMPLES else [])])})"


def _becomes(found: UntrainedRows, taken_in: bool) -> list[str]:
    if taken_in:
        return ["They are taken in, as was asked."]
    if found.are_nearly_all:
        return [f"These are {len(found.ids):,} of {found.n_judged:,} tokens, nearly all, so that none is left out."]
    return []


def _and(parts: Sequence[str]) -> str:
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), *parts[-1:]])
