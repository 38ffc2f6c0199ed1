"""The table of how true a picture is: every reading beside chance, what there is none of as a dash, and no number without its base."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.records import Provenance
from hypviz.records.disk_truths import DiskTruths, Families, Truth
from hypviz.words.disk_truths import NOTHING, TOGETHER, TRUST, truths_lines, truths_sentence, truths_table


@pytest.fixture
def found() -> DiskTruths:
    plain = Truth(
        without=0,
        depths=(1, 10, 30),
        kept_at=(0.5, 0.25, 0.125),
        chance_at=(0.0001, 0.001, 0.003),
        trustworthiness=0.9,
        hub_share=0.156,
        together=0.375,
    )
    return DiskTruths(
        truths=(plain, dataclasses.replace(plain, without=2, together=0.75, kept_at=(0.4, 0.2, 0.1))),
        families=Families(n_families=10, n_words=120, n_tokens=300, k=10, together=0.5, by_chance=0.101),
        n_tokens=10_000,
        n_queries=1_000,
        provenance=Provenance(model="m"),
    )


def test_both_readings_stand_beside_chance_and_the_disk_below(found) -> None:
    first, second, disk, chance = truths_table(found)
    assert (
        first["nearest"] == "50.0 % (0.01 %)" and second["ten nearest"] == "20.0 % (0.1 %)" and first["thirty nearest"] == "12.5 % (0.3 %)"
    )
    assert [line[TOGETHER] for line in (first, second, disk, chance)] == ["38 %", "75 %", "50 %", "10.1 %"]
    assert first[TRUST] == "0.900" and disk[TRUST] == chance[TRUST] == NOTHING
    assert len({tuple(line) for line in truths_table(found)}) == 1


def test_the_sentence_says_on_how_many_tokens_it_rests(found) -> None:
    said = truths_sentence(found)
    assert "on all 10,000 tokens, trustworthiness on a sample of 1,000" in said and "300 tokens of 120 nouns in 10 families" in said
    assert "sample" not in truths_sentence(dataclasses.replace(found, n_queries=10_000))


def test_without_families_or_a_second_truth_the_reason_is_said(found) -> None:
    alone = dataclasses.replace(found.truths[0], together=None, trustworthiness=None)
    bare = dataclasses.replace(found, truths=(alone,), families=None)
    (line,) = truths_table(bare)
    assert line[TOGETHER] == line[TRUST] == NOTHING
    assert "one reading only" in truths_sentence(bare) and "no texts of tokens are known" in truths_sentence(bare)


def test_the_lines_of_the_shell_are_the_table(found) -> None:
    head, *lines = truths_lines(found)
    table = truths_table(found)
    assert len(lines) == len(table) and all(name in head for name in table[0])
    assert all(cell in line for line, row in zip(lines, table, strict=True) for cell in row.values())
