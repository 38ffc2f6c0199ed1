"""The names of regions: words before fragments, no two alike, and wide regions of those that lie in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from hypviz.colours.base import Tokens
from hypviz.colours.region import ENTRY, NARROW
from hypviz.records.models import TOKEN_KINDS

WHOLE, PIECE, NUMBER = (TOKEN_KINDS.index(name) for name in ("word start", "word continuation", "number"))


@dataclass(frozen=True)
class Layout:
    """As much of a layout as naming reads."""

    region: np.ndarray
    typical: np.ndarray
    wide: np.ndarray
    typical_of_wide: np.ndarray
    counts: np.ndarray
    rho: np.ndarray
    theta: np.ndarray


def tokens(rows: list[tuple[str, int, bool, int, int]], wide: list[int]) -> Tokens:
    """Of rows (text, kind, whether it is a word, region, count), and the wide region of each region."""
    text, kind, is_word, region, counts = zip(*rows, strict=True)
    n = len(rows)
    layout = Layout(
        region=np.array(region, dtype=np.uint8),
        typical=np.full(n, 0.5, dtype=np.float32),
        wide=np.array(wide, dtype=np.uint8),
        typical_of_wide=np.full(n, 0.5, dtype=np.float32),
        counts=np.array(counts),
        rho=np.linspace(0.1, 3.0, n),
        theta=np.linspace(0.0, 6.0, n),
    )
    return Tokens(text=text, kind=np.array(kind), is_word=np.array(is_word), norms=np.ones(n), layout=layout)  # type: ignore[arg-type]


def names(rows: list[tuple[str, int, bool, int, int]], wide: list[int]) -> tuple[list[str], list[str]]:
    colour = ENTRY.colour(tokens(rows, wide))
    assert colour.groups is not None
    return [group.label for group in colour.groups], [one.label for one in colour.wide]


def test_words_come_before_fragments_of_words_however_frequent() -> None:
    (name,), _ = names([(" neckl", WHOLE, False, 0, 900), (" beads", WHOLE, True, 0, 50), (" rings", WHOLE, True, 0, 40)], [0])
    assert name == "beads · rings"
    (name,), _ = names([(" neckl", WHOLE, False, 0, 900), (" brac", WHOLE, False, 0, 50)], [0])
    assert name == "neckl · brac"  # there are no others


def test_pieces_are_named_by_the_words_among_them_and_as_pieces_where_there_are_none() -> None:
    pieces = [("ation", PIECE, False, 0, 90), ("ness", PIECE, False, 0, 80), ("house", PIECE, True, 0, 9), ("less", PIECE, True, 0, 8)]
    (name,), _ = names(pieces, [0])
    assert name == "pieces: house · less"
    (name,), _ = names([(t, k, False, r, c) for t, k, _, r, c in pieces], [0])
    assert name == "pieces: -ation · -ness"


def test_no_two_regions_have_one_name_and_a_wide_one_may_have_that_of_its_only_region() -> None:
    same = [(text, WHOLE, True, region, 10) for region in range(3) for text in (" plums", " pears", " figs", " dates")]
    digits = [(str(k), NUMBER, False, 3 + k % 3, 5) for k in range(9)]
    fine, wide = names(same + digits, [0, 0, 1, 2, 2, 2])
    assert len(set(fine)) == len(fine) == 6 and len(set(wide)) == len(wide) == 3
    assert fine[2] in wide and not {fine[0], fine[1], fine[3]} & set(wide)
    assert fine[0].split(" · ")[0] in ("plums", "pears", "figs", "dates") and all(name.startswith("numbers") for name in fine[3:])


def test_names_fit_on_a_plate_and_words_of_one_stem_count_once() -> None:
    rows = [(f" {word}", WHOLE, True, 0, 100 - k) for k, word in enumerate(("painting", "paintings", "incomprehensibilities", "oil"))]
    (name,), _ = names(rows, [0])
    assert name == "painting · oil" and len(name) <= NARROW


def test_a_region_of_few_tokens_has_no_name_in_the_picture_unless_all_are_small() -> None:
    rows = [(f" word{'abcdefghijklmnopqrstuvwxyz'[k]}", WHOLE, True, 0, 9) for k in range(26)] + [(" lone", WHOLE, True, 1, 9)]
    colour = ENTRY.colour(tokens(rows, [0, 1]))
    assert [int(colour.values[row]) for row in colour.middles] == [0]
    assert len(ENTRY.colour(tokens(rows[-3:], [0, 1])).middles) == 1


@pytest.mark.parametrize("n_wide", [1, 2])
def test_wide_regions_hold_every_region_once(n_wide: int) -> None:
    rows = [(f" {word}", WHOLE, True, region, 9) for region, word in enumerate(("ants", "bees", "cats", "dogs"))]
    colour = ENTRY.colour(tokens(rows, [k % n_wide for k in range(4)]))
    assert sorted(code for one in colour.wide for code in one.codes) == [0, 1, 2, 3] and len(colour.wide) == n_wide
