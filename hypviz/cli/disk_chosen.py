"""``disk --measure``: chosen tokens of a laid out vocabulary, measured beside as many random ones, as JSON and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import watching

if TYPE_CHECKING:
    from hypviz.records.layout import DiskLayout
    from hypviz.records.specs.disk import LayoutSpec
    from hypviz.records.token_sets import ChosenMeasures

WORDS = "Measure these tokens (ids, comma-separated) beside as many random ones: delta over all quadruples, dimensions, norms."


class TokenIds(click.ParamType[tuple[int, ...]]):
    """Token ids with commas between them."""

    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The ids; refuses what is no whole number of 0 or more, and fewer different ones than have a delta."""
        from hypviz.records.token_sets import FEWEST

        if isinstance(value, tuple):
            return tuple(int(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        texts = [text.strip() for text in str(value).split(",") if text.strip()]
        wrong = next((text for text in texts if not (text.isascii() and text.isdecimal() and len(text) < 10)), None)
        if wrong is not None or not texts:
            self.fail(
                f"{wrong or 'nothing'!r} is no token id; give whole numbers with commas between them, like 12,57,903,1044", param, ctx
            )
        found = tuple(int(text) for text in texts)
        if (n := len(set(found))) < FEWEST:
            self.fail(f"a delta needs at least {FEWEST} different tokens, but {len(found):,} ids name {n}; name more", param, ctx)
        return found


def measured(spec: LayoutSpec, layout: DiskLayout, ids: tuple[int, ...] | None) -> ChosenMeasures | None:
    """The measures of the tokens `ids`, None where none were named; raises `HypvizError` for ids that are not laid out."""
    if ids is None:
        return None
    import numpy as np

    from hypviz.errors import HypvizError
    from hypviz.records.token_sets import ChosenTokens
    from hypviz.studies.disk.chosen import CHOSEN, chosen_spec

    chosen = ChosenTokens(ids=np.unique(np.array(ids, dtype=np.int64)))
    missing = chosen.ids[~np.isin(chosen.ids, layout.token_ids)]
    if len(missing):
        raise HypvizError(f"Token {missing[0]} is not among the {len(layout.token_ids):,} that are laid out; leave it out of --measure.")
    with watching("measuring") as work:
        return CHOSEN.get(chosen_spec(spec.rows, layout, chosen), work).record


def measures_payload(record: ChosenMeasures | None) -> dict[str, Any] | None:
    """The JSON object: every measure with its value, the range of chance, the side and p; the tokens that attain delta."""
    if record is None:
        return None
    from hypviz.studies.disk.chosen import beside_chance

    return {
        "n_chosen": record.n_chosen,
        "token_ids": record.ids.tolist(),
        "n_random_sets": len(record.random),
        "delta": [record.chosen.delta_low, record.chosen.delta_high],
        "four": record.four.tolist(),
        "measures": {
            one.measure.name: {"value": one.value, "chance": [one.chance.low, one.chance.high], "side": one.chance.side, "p": one.chance.p}
            for one in beside_chance(record)
        },
    }


def measures_words(record: ChosenMeasures | None, texts: tuple[str, ...] | None) -> list[str]:
    """The same for people; `texts` by token id."""
    if record is None:
        return []
    from hypviz.words.chosen import chosen_finding, chosen_sentences, four_sentence

    a, b, c, d = (repr(texts[i]) if texts is not None else f"row {i}" for i in map(int, record.four))
    return [chosen_finding(record), *chosen_sentences(record), four_sentence((a, b, c, d), record.chosen.delta_low)]
