"""What the templates write, and where examples come from: never from the problems asked."""

from __future__ import annotations

import pytest

from hypviz.errors import HypvizError
from hypviz.problems import format_prompt, format_solution, problem_set
from hypviz.records.asking import CHAT, NONE, PAPER, PLAIN_QUESTION, QUESTION, Asking, Shot
from hypviz.templates import ASSISTANT, SYSTEM, TEMPLATES, USER, ChatTemplate, TextTemplate, Turn, template_of
from hypviz.templates.shots import draw_shots, plain_question, require_unasked
from hypviz.words.asking import asking_words, masked_words, otherwise

SHOT = Shot(question=" 1 + 1? ", answer=" It is 2. The answer is 2. ")


def written(asking: Asking, question: str) -> str:
    entry = template_of(asking)
    assert isinstance(entry, TextTemplate)
    return entry.write(asking, question)


def test_a_plain_question_is_what_fine_tunes_have_always_learned() -> None:
    assert list(TEMPLATES) == [CHAT, PAPER, QUESTION, NONE] and PLAIN_QUESTION.template == QUESTION
    problem = problem_set("two-step", 1)[0]
    entry = template_of(PLAIN_QUESTION)
    assert isinstance(entry, TextTemplate)
    assert written(PLAIN_QUESTION, problem.question) == format_prompt(problem.question)
    assert entry.before_answer + problem.solution == format_solution(problem)
    assert PLAIN_QUESTION.stops_at_question and not Asking(template=PAPER).stops_at_question


def test_examples_stand_before_the_question_in_its_own_form() -> None:
    assert written(Asking(shots=(SHOT,)), "2 + 2?") == ("Question: 1 + 1?\nAnswer: It is 2. The answer is 2.\n\nQuestion: 2 + 2?\nAnswer:")
    paper = written(Asking(template=PAPER, shots=(SHOT,)), " 2 + 2? ")
    head = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
    assert paper == (
        f"{head}\n\n### Instruction:\n1 + 1?\n\n### Response:\nIt is 2. The answer is 2.\n\n### Instruction:\n2 + 2?\n\n### Response:\n"
    )
    assert written(Asking(template=NONE), " as it stands ") == " as it stands "


def test_a_chat_has_the_systems_turn_first_and_the_question_last() -> None:
    entry = template_of(asking := Asking(template=CHAT, system=" Be brief. ", shots=(SHOT,)))
    assert isinstance(entry, ChatTemplate)
    assert [turn.role for turn in entry.turns(asking, "2 + 2?")] == [SYSTEM, USER, ASSISTANT, USER]
    assert entry.turns(Asking(template=CHAT), " 2 + 2? ") == (Turn(role=USER, content="2 + 2?"),)


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        (Asking(template="nope"), "There is no template 'nope'"),
        (Asking(template=PAPER, system="Be brief."), "no place for a system text; leave it empty, or choose the template chat"),
        (Asking(template=NONE, shots=(SHOT,)), "no place for examples"),
    ],
)
def test_what_a_template_has_no_place_for_is_one_sentence(asking: Asking, said: str) -> None:
    with pytest.raises(HypvizError, match=said):
        template_of(asking)


def test_examples_are_drawn_by_their_seed_and_never_from_the_problems_asked() -> None:
    pool = problem_set("two-step", 12)
    asked = [f"  {problem.question.upper()} " for problem in pool[:8]]
    drawn = draw_shots(pool, 4, seed=3, asked=asked, name="the set")
    assert drawn == draw_shots(pool, 4, seed=3, asked=asked, name="the set") and len(set(drawn)) == 4
    assert {shot.question for shot in drawn} == {problem.question for problem in pool[8:]}
    assert draw_shots(pool, 3, seed=0, asked=(), name="") != draw_shots(pool, 3, seed=1, asked=(), name="")
    assert draw_shots([*pool, *pool], 12, seed=0, asked=(), name="") and draw_shots(pool, 0, seed=0, asked=(), name="") == ()
    with pytest.raises(HypvizError, match=r"the set has 4 problems that are not among those asked \(12 in all\)"):
        draw_shots(pool, 5, seed=0, asked=asked, name="the set")
    with pytest.raises(HypvizError, match="the set has 12; ask for fewer"):
        draw_shots(pool, 13, seed=0, asked=(), name="the set")
    with pytest.raises(HypvizError, match="shots"):
        draw_shots(pool, 33, seed=0, asked=(), name="the set")


def test_an_example_that_is_asked_is_refused() -> None:
    assert plain_question(" 1  + 1? ") == plain_question("1 + 1?")
    require_unasked(Asking(shots=(SHOT,)), ["2 + 2?"])
    with pytest.raises(HypvizError, match="1 of the examples that stand before every question is among the problems asked"):
        require_unasked(Asking(shots=(SHOT,)), ["2 + 2?", "1 + 1?"])
    with pytest.raises(HypvizError, match="2 of the examples are among"):
        require_unasked(Asking(shots=(SHOT, Shot(question="2 + 2?", answer="4"))), ["2 + 2?", "1 + 1?"])


def test_how_is_said_in_words() -> None:
    asking = Asking(template=CHAT, system="Be brief.", shots=(SHOT,))
    assert asking_words(asking) == "template chat, with a system text, behind 1 example"
    assert otherwise({}, asking) is None
    told = otherwise({"LoRA": Asking(template=CHAT), "HypLoRA": PLAIN_QUESTION}, asking)
    assert told is not None and "LoRA and HypLoRA learned to be asked otherwise (template chat; template question)" in told
    assert "another system text or other examples" in told
    told = otherwise({"LoRA": PLAIN_QUESTION}, asking)
    assert told is not None and "other examples" not in told
    assert "It is not cut." in masked_words(10, 5, 20) and "left out; nothing is ever cut" in masked_words(10, 15, 20)
