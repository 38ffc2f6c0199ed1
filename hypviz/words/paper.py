"""What the paper reports for the same set, and where it has one of the name the same model, with its noise, in sentences."""

from __future__ import annotations

from hypviz.scoring.paper import PaperRow, paper_model, paper_rows
from hypviz.words.numbers import points, share

METHODS = {"untuned": "without fine-tuning", "lora": "with LoRA", "hyplora": "with HypLoRA", "dora": "with DoRA"}


def paper_sentences(problems: str, model: str) -> tuple[str, ...]:
    """One sentence a row of the model; one on all models where the paper has none of the name; none for a set that it did not use."""
    rows = paper_rows(problems, model)
    if not rows:
        return ()
    if paper_model(model) in {row.model for row in rows}:
        return tuple(_row(row) for row in rows)
    low, high = min(rows, key=lambda row: row.accuracy), max(rows, key=lambda row: row.accuracy)
    first = rows[0]
    return (
        f"The paper reports no {first.problems} for this model; for others it has {_value(low)} ({_who(low)}) to {_value(high)} "
        f"({_who(high)}), on {first.n:,} problems ({first.source}).",
    )


def _row(row: PaperRow) -> str:
    return (
        f"The paper reports {share(row.accuracy, 1)} on {row.n:,} problems of {row.problems} for {_who(row)}, give or take "
        f"{points(row.noise, sign=False)} ({row.source})."
    )


def _value(row: PaperRow) -> str:
    return share(row.accuracy, 1)


def _who(row: PaperRow) -> str:
    return f"{row.model} {METHODS[row.method.lower()]}"
