"""Counts against brute force, and what the words promise."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.cli.evaluate_report import payload
from hypviz.cli.evaluate_report import text as shell_text
from hypviz.errors import HypvizError
from hypviz.exchange.report import report_html
from hypviz.marking import check_steps
from hypviz.plots.evaluation import accuracy_chart
from hypviz.records.answers import CUT, END_OF_TEXT, NEW_QUESTION, NO_NUMBER, NO_TEXT, RIGHT, TOKEN_LIMIT, WRONG
from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, TOO_SMALL, WORSE, Evaluation
from hypviz.records.problems import Choice, Problem
from hypviz.scoring import majority, mark_again, outcomes, pair_counts, recount, score_columns
from hypviz.statistics import mcnemar_exact
from hypviz.statistics.holm import holm
from hypviz.words.evaluation import about_steps, by_other_rules, marked_by, on_the_constant, on_the_limit, on_the_rule
from hypviz.words.verdict import pair_sentence
from tests.scoring.records import answers, evaluated, problem

FOUND = st.sampled_from([None, 6.0, 6.0004, 7.0])


@settings(deadline=None)
@given(st.lists(st.tuples(FOUND, FOUND, FOUND), min_size=1, max_size=40))
def test_counts_are_those_of_a_tally_by_hand(rows: list[tuple[float | None, ...]]) -> None:
    names = ("base", "lora", "hyplora")
    columns = [answers([row[k] for row in rows]) for k in range(3)]
    asked = [problem(6.0, f"q {i}") for i in range(len(rows))]
    table = outcomes(asked, columns)
    right = [[value is not None and abs(value - 6) <= 1e-3 for value in row] for row in rows]
    for k, score in enumerate(score_columns(names, columns, table)):
        assert score.correct == sum(r[k] for r in right) and score.n == len(rows)
        assert score.unfinished == score.n_cut == sum(row[k] is None for row in rows)
        assert score.correct + score.wrong + score.unfinished + score.no_answer + score.no_text == score.n
        assert score.accuracy.low <= score.correct / score.n <= score.accuracy.high
    pairs = pair_counts(names, table)
    assert [(p.a, p.b) for p in pairs] == [("base", "lora"), ("base", "hyplora"), ("lora", "hyplora")]
    for pair in pairs:
        i, j = names.index(pair.a), names.index(pair.b)
        assert pair.both_right == sum(r[i] and r[j] for r in right)
        assert pair.only_a == sum(r[i] and not r[j] for r in right)
        assert pair.only_b == sum(r[j] and not r[i] for r in right)
        assert pair.both_right + pair.only_a + pair.only_b + pair.both_wrong == len(rows)
        cut = [(row[i] is None, row[j] is None) for row in rows]
        assert pair.unfinished == sum((one or other) and not (r[i] or r[j]) for (one, other), r in zip(cut, right, strict=True))
        assert pair.other_unfinished == sum((one or other) and (r[i] or r[j]) for (one, other), r in zip(cut, right, strict=True))
        assert pair.unfinished + pair.neither_answered <= pair.both_wrong
        assert pair.p == mcnemar_exact(pair.only_a, pair.only_b)
    together = holm([pair.p for pair in pairs])
    assert [(pair.adjusted_p, pair.n_pairs) for pair in pairs] == [(one.p, 3) for one in together]
    assert [pair.difference.excludes(0.0) for pair in pairs] == [one.rejected for one in together]


def test_every_answer_has_one_state() -> None:
    texts = ("so 31", "so 3", "so 3", "The answer is 31. And", "so", "", "  ", "")
    ended = (END_OF_TEXT, END_OF_TEXT, TOKEN_LIMIT, TOKEN_LIMIT, END_OF_TEXT, END_OF_TEXT, NEW_QUESTION, TOKEN_LIMIT)
    column = answers([31, 3, 3, 31, None, None, None, None], ended=ended, texts=texts)
    found = evaluated({"base": column}, [31.0] * 8)
    assert [row.states[0] for row in found.outcomes] == [RIGHT, WRONG, CUT, RIGHT, NO_NUMBER, NO_TEXT, NO_TEXT, CUT]
    (score,) = found.columns
    assert (score.correct, score.wrong, score.unfinished, score.no_answer, score.no_text, score.n_cut) == (2, 1, 2, 1, 2, 3)
    assert found.outcomes[0].right == (True,)


def test_a_question_of_the_models_own_is_no_part_of_the_answer_only_where_it_ended_it() -> None:
    texts = ["It is 3.\nQuestion: 31"] * 3
    column = answers([3] * 3, ended=(NEW_QUESTION, END_OF_TEXT, TOKEN_LIMIT), texts=texts)
    found = evaluated({"base": column}, [31.0] * 3)
    assert [row.states[0] for row in found.outcomes] == [WRONG, RIGHT, CUT] and found.outcomes[1].found == (31,)


def test_every_rule_is_counted_and_the_verdict_that_turns_is_said() -> None:
    n = 40
    lora = answers([0.0] * n, ended=[END_OF_TEXT] * n, texts=["It is 1/2"] * n)  # the last number is 2
    hyplora = answers([0.5] * 20 + [7.0] * 20)
    found = evaluated({"lora": lora, "hyplora": hyplora}, [0.5] * n)
    assert [score.correct for score in found.columns] == [n, 20] and [score.by_rule["paper"] for score in found.columns] == [0, 20]
    assert [score.n_read_differently for score in found.columns] == [n, 0] == [score.n_judged_differently for score in found.columns]
    assert (found.pairs[0].verdict, found.other_pairs["paper"][0].verdict) == (WORSE, BETTER)
    words = on_the_rule(found)
    assert "On 40 of 40 problems right or wrong hangs on the marking rule." in words
    assert "the paper's LoRA 0 (0.0 %), HypLoRA 20 (50.0 %)" in words and "a verdict is another" in words
    assert pair_sentence(found.other_pairs["paper"][0]) in words
    again = recount(found, "paper")
    assert (again.rule, again.pairs, again.other_pairs["careful"]) == ("paper", found.other_pairs["paper"], found.pairs)
    assert [score.correct for score in again.columns] == [0, 20] and recount(again, "careful") == found
    assert recount(found, "careful") is found and tuple(map(mark_again, found.outcomes)) == found.outcomes
    assert by_other_rules(found.outcomes[0], 0) == ("By another rule: the paper's reads 2, wrong; lm-eval flexible reads 2, wrong.")
    assert by_other_rules(found.outcomes[0], 1) is None


def test_where_the_rules_agree_one_sentence_says_so() -> None:
    text = "#### 1"
    found = evaluated({"base": answers([1.0, 1.0], texts=[text, "#### 2"])}, [1.0, 1.0])
    assert on_the_rule(found).endswith("read the same in each of the 2 answers, and none turns right into wrong.")
    assert on_the_limit(found) is None and marked_by(found).startswith("An answer is right by careful reading when")


def test_a_set_of_letters_is_marked_by_the_rules_that_know_letters() -> None:
    options = (Choice(label="A", text="12"), Choice(label="B", text="14"))
    asked = [Problem(question="?", solution="", answer=gold, skill="file", source="x", kind="letter", options=options) for gold in "AABB"]
    column = answers([0.0] * 4, texts=["The answer is A.", "B", "It is 14", "no idea"], ended=[END_OF_TEXT] * 4)
    rows = outcomes(asked, [column])
    assert [row.states[0] for row in rows] == [RIGHT, WRONG, RIGHT, NO_NUMBER] and set(rows[0].marks) == {"careful", "paper"}
    assert (majority(asked).answer, majority(asked, "paper").correct) == ("A", 2)
    (score,) = score_columns(("base",), [column], rows)
    assert (score.correct, score.by_rule["paper"], score.usual, score.n_usual) == (2, 1, "B", 2)
    with pytest.raises(HypvizError, match="The marking rule 'lm-eval-strict' does not mark this problem set; choose one of careful, paper"):
        outcomes(asked, [column], "lm-eval-strict")


def test_what_is_said_of_steps() -> None:
    assert about_steps(()) is None and about_steps(check_steps("3 + 4 = 7")) == "Its one step is true."
    assert about_steps(check_steps("3 + 4 = 7, 7 - 2 = 5")) == "All 2 steps are true."
    assert about_steps(check_steps("3 + 4 = 7, 7 - 2 = 6")) == "1 of 2 steps is not true: it gives 6 for 5."
    assert about_steps(check_steps("7 - 2 = 6")) == "Its one step is not true: it gives 6 for 5."
    assert about_steps(check_steps("7 - 2 = 6, 1 + 1 = 3")) == "None of its 2 steps is true: the first gives 6 for 5."
    many = about_steps(check_steps("7 - 2 = 6, 1 + 1 = 3, 1 + 1 = 2"))
    assert many == "2 of 3 steps are not true: the first gives 6 for 5."


def test_unfinished_answers_count_as_not_right_and_both_shares_are_said() -> None:
    n = 30
    lora = answers([6.0] * 20 + [7.0] * 10)
    hyplora = answers([6.0] * 10 + [None] * 10 + [7.0] * 10)
    found = evaluated({"lora": lora, "hyplora": hyplora}, [6.0] * n)
    (pair,), (rest,) = found.pairs, found.finished_pairs
    assert (pair.only_a, pair.other_unfinished, pair.unfinished, pair.verdict) == (10, 10, 0, WORSE)
    assert rest is not None and (rest.difference.n, rest.only_a, rest.verdict) == (20, 0, TOO_SMALL)
    words = on_the_limit(found)
    assert words is not None and "Unfinished, cut at 96 tokens before a right answer: HypLoRA 10." in words
    assert "HypLoRA 10 of 20 (50.0 %)" in words and "the verdict is another" in words and pair_sentence(rest) in words
    assert all(pair is None for pair in evaluated({"lora": lora, "hyplora": lora}, [6.0] * n).finished_pairs)


def test_a_right_answer_that_was_cut_is_not_among_the_finished() -> None:
    ended = [END_OF_TEXT, END_OF_TEXT, END_OF_TEXT, TOKEN_LIMIT, TOKEN_LIMIT]
    texts = ["6", "7", "8", "The answer is 6. And", "5"]
    words = on_the_limit(evaluated({"base": answers([6.0] * 5, ended=ended, texts=texts)}, [6.0] * 5))
    assert words is not None and "of the finished answers right: Base 1 of 3 (33.3 %). 1 answer was cut at 96 tokens after a right" in words


def test_the_record_of_exact_numbers_survives_the_store() -> None:
    found = evaluated({"base": answers([0.1, None])}, [0.1, 123456789012345678])
    again = Evaluation.from_json(found.to_json())
    assert again == found and again.outcomes[1].answer == 123456789012345678 and again.outcomes[0].found == (Fraction(1, 10),)


def test_the_best_constant_answer() -> None:
    found = majority([problem(a) for a in (3.0, 5.0, 5.0, 3.0, 8.0)])
    assert found is not None and (found.answer, found.correct, found.accuracy) == (3.0, 2, 0.4)


def test_nothing_is_said_of_a_constant_answer_where_all_references_differ() -> None:
    gold = [float(k) for k in range(6)]
    found = evaluated({"base": answers([9.0] * 6), "lora": answers(gold)}, gold)
    assert found.majority is None and on_the_constant(found) is None and found.pairs[0].unbeaten is None
    assert [(score.over_constant, score.beats_constant) for score in found.columns] == [(None, False)] * 2
    chart = accuracy_chart(found, {"base": "Base", "lora": "LoRA"})
    assert not chart.figure.layout.shapes and list(chart.data["better_than_constant"]) == [None, None]
    told = payload("m", found)
    assert (told["majority_answer"], told["majority_accuracy"], told["columns"][0]["over_constant_interval"]) == (None, None, None)
    assert not any("always answering" in text for text in (chart.alt, shell_text(found), report_html(found, version="1")))


def test_a_column_of_one_number_is_called_that_and_two_of_them_are_not_compared() -> None:
    n, gold = 50, [5.0] * 20 + [7.0] * 30
    same, nearly, other = answers([5.0] * n), answers([5.0] * 46 + [7.0] * 4), answers(gold)
    found = evaluated({"base": same, "lora": nearly, "hyplora": other}, gold)
    assert [(s.usual, s.n_usual, s.answers_constant) for s in found.columns] == [(5, 50, True), (5, 46, True), (7, 30, False)]
    both, one, _ = found.pairs
    assert (both.verdict, both.constants) == (CONSTANT, ("base", "lora"))
    assert pair_sentence(both).startswith("Base answers 5 to every problem and LoRA answers 5 to 46 of 50 problems: neither solves")
    assert (one.verdict, one.constants) == (BETTER, ("base",))
    assert pair_sentence(one).endswith("Base answers 5 to every problem, so this compares HypLoRA with a constant answer.")
    assert [score.beats_constant for score in found.columns] == [False, False, True]


def test_who_is_right_where_all_answers_are_one_number_answers_no_constant() -> None:
    found = evaluated({"base": answers([5.0] * 20), "lora": answers([6.0] * 20)}, [5.0] * 20)
    assert [score.answers_constant for score in found.columns] == [False, True]
    assert not evaluated({"base": answers([5.0] * 9)}, [float(k) for k in range(9)]).columns[0].answers_constant


def test_columns_at_the_constant_answer_are_called_that() -> None:
    gold = [5.0] * 40 + [float(k) for k in range(100, 360)]
    lora = answers([1.0] * 40 + gold[40:80] + [2.0] * 220)  # as many right as always answering 5, and others
    hyplora = answers([1.0] * 40 + gold[40:81] + [2.0] * 219)
    found = evaluated({"lora": lora, "hyplora": hyplora}, gold)
    assert [score.over_constant.value for score in found.columns] == [0.0, 1 / 300]
    assert not any(score.beats_constant or score.answers_constant for score in found.columns)
    (pair,) = found.pairs
    assert pair.verdict == ALIKE and pair_sentence(pair).endswith("Neither is shown to be better than always answering 5.")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([5.0, 6.0, 7.0]), st.sampled_from([5.0, 6.0])), min_size=1, max_size=60))
def test_the_distance_to_the_constant_answer_is_that_of_a_tally(rows: list[tuple[float, float]]) -> None:
    found = evaluated({"base": answers([given for _, given in rows])}, [gold for gold, _ in rows])
    (score,) = found.columns
    if found.majority is None:
        assert len({gold for gold, _ in rows}) == len(rows) and score.over_constant is None and not score.beats_constant
        return
    assert score.over_constant is not None
    assert abs(score.over_constant.value - (score.accuracy.value - found.majority.accuracy)) < 1e-12
    assert score.beats_constant == (score.over_constant.low > 0)


def test_finished_pairs_are_judged_together_over_those_there_are() -> None:
    n = 30
    columns = {"base": answers([6.0] * n), "lora": answers([7.0] * n), "hyplora": answers([None] * 3 + [7.0] * (n - 3))}
    found = evaluated(columns, [6.0] * n)
    assert [pair is None for pair in found.finished_pairs] == [True, False, False]
    assert {pair.n_pairs for pair in found.finished_pairs if pair is not None} == {2}
