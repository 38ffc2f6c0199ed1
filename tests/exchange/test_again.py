"""A stranger's count: every mark and count of an evaluation made again from its table or its JSON lines, for every kind and rule."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.exchange.again import again, is_ours
from hypviz.exchange.rows import json_lines
from hypviz.exchange.table import rows_csv
from hypviz.marking import RULES
from hypviz.records.answers import END_OF_TEXT, TOKEN_LIMIT
from hypviz.records.evaluations import Evaluation
from hypviz.records.numbers import exact
from hypviz.records.problems import KINDS, LETTER, NUMBER, OPTION, TEXT, TRUTH, Choice, Problem
from hypviz.scoring import recount, rules_of
from tests.scoring.records import answers, sampled

GOLDS: dict[str, tuple[Fraction | str, ...]] = {
    NUMBER: (exact(-9), Fraction(1, 3), exact(1e-5), exact(123456789012345678), Fraction(10**5000 - 1)),
    LETTER: ("A", "B"),
    TRUTH: ("true", "false"),
    OPTION: ("answer1", "answer2"),
    TEXT: ("the red house", "=1+1", "'quoted"),
}
TEXTS = (
    "-9",
    "=1+8, so #### -9",
    "The answer is \\boxed{1/3}.",
    "1e-05\r\nor 0.00001",
    "+123,456,789,012,345,678",
    "9" * 5000,
    "The answer is A",
    "(B)",
    "@true",
    "false, \u2028no",
    "answer2",
    "'quoted",
    "the red house\nQuestion: 7?",
    "=1+1",
    "",
    " ",
)


def asked(kind: str) -> list[Problem]:
    labels = {LETTER: "AB", OPTION: ("answer1", "answer2")}.get(kind, ())
    options = tuple(Choice(label=label, text=f'The "{label}", he said') for label in labels)
    golds = (GOLDS[kind] * len(TEXTS))[: len(TEXTS)]
    return [
        Problem(question=f'\'{kind} {i},\n"how"?', solution="", answer=gold, skill="", source="s", kind=kind, options=options, given=str(i))
        for i, gold in enumerate(golds)
    ]


def evaluation(kind: str, n_samples: int, seed: int = 0) -> Evaluation:
    dice = np.random.default_rng(seed)
    problems = [dataclasses.replace(one, group=f"+{i // 2}") for i, one in enumerate(asked(kind))]

    def column() -> tuple[str, ...]:
        return tuple(TEXTS[k] for k in dice.permutation(len(TEXTS)))

    ends = [END_OF_TEXT, TOKEN_LIMIT] * (len(TEXTS) // 2)
    samples = [{name: answers([0.0] * len(TEXTS), texts=column(), ended=ends) for name in ("base", "lora, 2")} for _ in range(n_samples)]
    return sampled(samples, [], problems)


@pytest.mark.parametrize("n_samples", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_all_marks_and_counts_follow_from_the_exported_rows_alone(kind: str, n_samples: int) -> None:
    whole = evaluation(kind, n_samples)
    assert whole.rules == tuple(rules_of(asked(kind)))
    found = recount(whole, whole.rules[-1])
    prompts = {row.question: f"Q: {row.question}\nA:" for row in found.outcomes}
    table, lines = rows_csv(found, version="9.9", prompts=prompts), json_lines(found, version="9.9", prompts=prompts).encode()
    assert is_ours(table) and is_ours(lines)
    for data in (table, lines):
        made = again(data, "rows")
        assert (made.n, made.samples, made.rule, made.parted) == (len(TEXTS), n_samples, found.rule, ())
        assert made.n_marks == len(TEXTS) * n_samples * 2 * len(found.rules)
        for rule in found.rules:
            counted = recount(found, rule)
            assert [made.right[score.name][rule] for score in counted.columns] == [score.correct for score in counted.columns]
        assert [score.by_rule for score in found.columns] == list(made.right.values())


def test_every_rule_of_the_registry_is_recomputed_for_some_kind() -> None:
    assert {rule for kind in KINDS for rule in evaluation(kind, 1).rules} == set(RULES)


def test_what_was_read_and_with_what_it_was_made_stands_in_every_row() -> None:
    found = evaluation(NUMBER, 2)
    prompts = {row.question: f"Q: {row.question}" for row in found.outcomes}
    first = json.loads(json_lines(found, version="9.9", prompts=prompts).split("\n")[0])
    assert first["prompt"] == f"Q: {first['question']}" and first["made"]["versions"]["hypviz"] == "9.9"
    assert first["made"]["decoding"]["seed"] is None and set(first["made"]["columns"]) == {"base", "lora, 2"}
    assert first["columns"]["base"]["marks"]["paper"]["sample"] in (1, 2) and len(first["columns"]["base"]["samples"]) == 2
    heat = dataclasses.replace(found, decoding=dataclasses.replace(found.decoding, temperature=1.0, seed=7))
    assert json.loads(json_lines(heat, version="").split("\n")[0])["made"]["decoding"]["seed"] == [7, 8]


@pytest.mark.parametrize("form", ["table", "lines"])
def test_a_changed_mark_is_found(form: str) -> None:
    found = evaluation(TRUTH, 1)
    data = rows_csv(found) if form == "table" else json_lines(found, version="").encode()
    changed = data.replace(b"@true", b"false")
    parted = again(changed, "rows").parted
    assert {(one.column, one.sample) for one in parted} == {("base", 1), ("lora, 2", 1)} and {one.rule for one in parted} == set(
        found.rules
    )


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"{}", b"[", b"a,b\r\n1,2\r\n", b'{"question": 1}', b'{"columns": {}, "made": {}, "question": ""}']
)
def test_what_is_no_evaluation_is_refused(data: bytes) -> None:
    with pytest.raises(HypvizError, match="as it was written"):
        again(data, "x.csv")
    assert not is_ours(data) or b"made" in data
