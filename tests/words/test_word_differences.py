"""Words that only one of two answers has: found in their order, marked in the pieces, counted in a sentence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hypviz.words.word_differences import difference_sentence, marked_pieces, word_differences

TEXTS = st.lists(st.sampled_from(["3", "+", "4,5", "so", "he", "."]), max_size=8).map(" ".join)


def words(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_words_numbers_and_signs_are_told_apart() -> None:
    one, other = "He has 1,204.5 + 3 apples. Fine", "He has 1,204.5 - 3 pears."
    found = word_differences(one, other)
    assert words(one, found.only_one) == ["+", "apples", "Fine"] and words(other, found.only_other) == ["-", "pears"]
    assert found.n_shared == 5
    assert difference_sentence(found, "LoRA", "HypLoRA") == (
        "5 words stand in both answers in the same order (signs and stops count as words); 3 only in that of LoRA and 2 only in that of "
        "HypLoRA are marked."
    )
    same = word_differences("yes", " yes ")
    assert difference_sentence(same, "A", "B").startswith("1 word stands in both") and "A and B say the same" in difference_sentence(
        same, "A", "B"
    )


def test_a_piece_is_marked_if_it_holds_a_part_of_such_a_word() -> None:
    pieces = ("He", " has", " 1", "2", "", " pears")
    spans = word_differences("".join(pieces), "He has pears").only_one
    assert marked_pieces(pieces, spans) == (False, False, True, True, False, False)


@given(TEXTS, TEXTS)
def test_what_both_share_and_what_only_one_has_is_the_whole(one: str, other: str) -> None:
    found = word_differences(one, other)
    assert found.n_shared + len(found.only_one) == len(one.split()) and found.n_shared + len(found.only_other) == len(other.split())
    assert (word_differences(one, one).only_one, word_differences(one, one).only_other) == ((), ())
