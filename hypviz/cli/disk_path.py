"""``hypviz disk --path``: a text followed through the layers of a model on its laid out vocabulary, as a table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypviz.cli.common import is_given, refuse, watching

if TYPE_CHECKING:
    import pandas as pd

    from hypviz.records.layout import DiskLayout
    from hypviz.records.models import ModelRef
    from hypviz.records.path import PathOnDisk, PromptPath

PATH_HELP = "Follow the last token of TEXT through the model's layers: the tokens that it stands for after each, with their places."
LENS_HELP = "How --path reads a layer: logit as the output layer reads it, cosine by the nearest rows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The path, what it is on the layout, and the table of its tokens."""

    path: PromptPath
    view: PathOnDisk
    table: pd.DataFrame


def check_path(ref: ModelRef | None, text: str | None, *, table: str, lens: str) -> None:
    """Refuse before the layout what cannot be followed on it; raises `HypvizError`."""
    if text is None:
        if is_given("lens"):
            refuse("--lens", "without --path", "give the text to follow")
        return
    if ref is None:
        refuse("--path", "for a bare matrix, which has no layers", "give a model")
    import numpy as np

    from hypviz.studies.disk.path import path_spec

    path_spec(ref, text, token_ids=np.arange(1), table=table, lens=lens)


def followed(ref: ModelRef | None, layout: DiskLayout, text: str | None, *, lens: str) -> Followed | None:
    """The path of `text` on the layout, None where none was asked for; raises `HypvizError`."""
    if text is None or ref is None:
        return None
    from hypviz.cli.generate import lender
    from hypviz.studies.disk.path import path_spec, path_study
    from hypviz.studies.disk.path_view import path_on_disk, path_table
    from hypviz.studies.models import read_token_table, summarise

    spec, lend = path_spec(ref, text, token_ids=layout.token_ids, table=layout.table, lens=lens), lender(ref)
    with watching("path") as work:
        path = path_study(lambda part: lend()).get(spec, work).record
    texts = read_token_table(ref).text
    return Followed(path=path, view=path_on_disk(path, layout, texts, tied=summarise(ref).tied), table=path_table(path, layout, texts))


def path_payload(found: Followed | None) -> dict[str, Any] | None:
    """The JSON object: where the path stands after every layer, and every row of the table; null where none was asked for."""
    if found is None:
        return None
    path, table = found.path, found.table
    return {
        "lens": path.lens,
        "token_ids": path.ids.tolist(),
        "position": path.position,
        "title": found.view.title,
        "placed": path.placed.tolist(),
        "spread": found.view.spread.tolist(),
        "spread_by_chance": found.view.chance,
        "tokens": table.astype(object).where(table.notna(), None).to_dict("records"),
    }


def path_words(found: Followed | None) -> list[str]:
    """The same for people: the finding, what the points are, and the table, in which a token that is not laid out has no place."""
    if found is None:
        return []
    shown = found.table.assign(text=found.table["text"].map(repr))
    return [found.view.title, *found.view.said, shown.to_string(index=False, na_rep="-", float_format="{:.4f}".format)]
