"""What a prompt's path through the layers shows, in sentences: where it ends, since when, and what its points are and are not."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.records.path import LOGIT, PromptPath
from hypviz.words.numbers import part, share

LENS_LABELS = {"logit": "Logit lens", "cosine": "Nearest rows"}
LENGTHS = "Lengths along it mean little: the disk keeps who is near whom, not how far far ones are."


def path_title(path: PromptPath, text: Sequence[str]) -> str:
    """The token at the end, and the layer from which on it is the first; `text` of every row."""
    last, value, n = text[int(path.tokens[-1, 0])], float(path.values[-1, 0]), path.n_layers
    before = bool((path.tokens[: path.settled, 0] == path.tokens[-1, 0]).any())
    if path.settled == n:
        since = "at the last layer, and at some before" if before else "at the last layer only"
    else:
        since = f"from layer {path.settled} of {n} on{', and at some before' if before else ''}"
    if path.lens == LOGIT:
        return f"“{last}” is the most probable token in the end ({share(value)}), and the first {since}"
    return f"The row of “{last}” is the nearest in the end (cosine {value:.2f}), and the first {since}"


def path_sentences(path: PromptPath, *, n_laid_out: int, table: str, tied: bool) -> tuple[str, ...]:
    """How points come about, which spaces they join, and what is not on the map; `table` is that of the layout."""
    return (*(_of_the_lens(path, table, tied) if path.lens == LOGIT else _of_rows(path.table)), *_left_out(path, n_laid_out), LENGTHS)


def _of_the_lens(path: PromptPath, table: str, tied: bool) -> tuple[str, ...]:
    how = (
        "Logit lens: each state passes through the model's own final normalisation and output layer, as if the model ended there; the "
        "point is the place of the most probable token, for a midpoint of far places would stand among tokens that have nothing to do with "
        "it. Inner layers were not trained to be read so."
    )
    if tied:
        return (how, "Input and output are one table in this model, so the map is that of the rows that speak.")
    if table == "output":
        return (how, "The map is that of the output table, whose rows speak.")
    return (how, "The map is that of the input table, but rows of the output table speak: two spaces, which have only the words in common.")


def _of_rows(table: str) -> tuple[str, ...]:
    rows = "those with which the model reads" if table == "input" else "those with which it writes"
    return (
        f"Nearest rows: the cosine of each state with the laid out rows, {rows}, all less the mean of the rows. States and rows are two "
        "spaces: nothing in the model makes the two alike in the middle, and a few long directions rule most states.",
    )


def _left_out(path: PromptPath, n_laid_out: int) -> tuple[str, ...]:
    """What of the probability lies on tokens that have no place."""
    if path.laid_out is None:
        return ()
    missing = int((path.tokens[:, 0] != path.placed).sum())
    least = float(path.laid_out.min())
    if not missing and least > 0.9995:
        return ()
    end, worst = (part(min(1.0, value)) for value in (float(path.laid_out[-1]), least))
    said = f"Of the probability {end} in the end, and {worst} where it is least, is on the {n_laid_out:,} laid out tokens"
    if not missing:
        return (f"{said}.",)
    return (
        f"{said}; at {missing} of {len(path.tokens)} points the most probable token is not laid out, and the next that is stands for it.",
    )
