"""Tokens of known families: nouns of the bundled taxonomy in any spelling and number, one word for all of them."""

from __future__ import annotations

import numpy as np

from hypviz.problems.taxonomy import TAXONOMY, category_by_word, noun_by_word, plural
from hypviz.vocabulary.taxonomies import family_tokens

TEXT = (" dog", "Dogs", "dog", "walk", " cow", "<dog>", "apples", " GOOSE", "geese", "do", "", " hot dog")


def test_spellings_and_numbers_of_a_noun_are_one_word_of_one_family() -> None:
    found = family_tokens(TEXT, np.ones(len(TEXT), dtype=bool))
    assert [TEXT[row] for row in found.row] == [" dog", "Dogs", "dog", " cow", "apples", " GOOSE", "geese"]
    names = list(TAXONOMY)
    assert [names[code] for code in found.family] == ["animal"] * 4 + ["fruit", "bird", "bird"]
    dog, dogs, again, cow, apples, goose, geese = found.word
    assert dog == dogs == again and goose == geese and len({dog, cow, apples, goose}) == 4


def test_special_tokens_are_no_members() -> None:
    usable = np.ones(len(TEXT), dtype=bool)
    usable[[0, 6]] = False
    assert [TEXT[row] for row in family_tokens(TEXT, usable).row] == ["Dogs", "dog", " cow", " GOOSE", "geese"]
    assert family_tokens((), np.zeros(0, dtype=bool)).row.size == 0


def test_every_word_has_its_singular_whose_family_it_shares() -> None:
    nouns, category = noun_by_word(), category_by_word()
    assert set(nouns) == set(category)
    assert all(word in (noun, plural(noun)) and category[word] == category[noun] for word, noun in nouns.items())
