"""What a model reads of a question: its own chat template, one begin token, typed control tokens as text, and templates that misbehave."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hypviz.bundled import bundled_folder
from hypviz.errors import HypvizError
from hypviz.generate import encode_prompt, encode_questions
from hypviz.models import load_tokenizer, resolve
from hypviz.models.tokenizer import rendering
from hypviz.models.tokenizer.asked import (
    Written,
    encode_written,
    end_of_answer,
    require_template,
    usual_template,
    write_answers,
    write_prompts,
)
from hypviz.models.tokenizer.chat import Piece, chat_of, end_of_turn, end_of_turn_of
from hypviz.models.tokenizer.rendering import compiled_template, render
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.asking import CHAT, NONE, PAPER, PLAIN_QUESTION, QUESTION, Asking, Shot
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.studies.how_asked import LEARNED, MASKED, example_tokens, prompt_tokens
from hypviz.worker.data import encode_examples

IN_TURNS = (
    "{{ bos_token }}{% for message in messages %}<|reserved_special_token_0|>{{ message['role'] }}: "
    "{{ message['content'] | trim }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|reserved_special_token_0|>assistant: {% endif %}"
)
TURN, END = "<|reserved_special_token_0|>", "<|end|>"
CHATTY = Asking(template=CHAT)
PROBLEM = Problem(question="How many apples?", solution="1 + 1 = 2. The answer is 2.", answer="2", skill="s", source="s", kind="text")


@pytest.fixture
def chatty(tiny_llama: Path, tmp_path: Path) -> Callable[[str], ModelRef]:
    """The tiny Llama, whose tokenizer begins every text with ``<|begin|>``, with a chat template."""

    def make(template: str) -> ModelRef:
        folder = tmp_path / f"chatty{len(list(tmp_path.iterdir()))}"
        shutil.copytree(tiny_llama, folder)
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
        return resolve(str(folder))

    return make


def read(ref: ModelRef, asking: Asking, question: str) -> list[str]:
    """The tokens, by their names."""
    (ids,) = encode_written(ref, write_prompts(ref, asking, [question]))
    return list(encoder(ref).tokenizer.convert_ids_to_tokens(ids))


def count(tokens: Sequence[str], name: str) -> int:
    return sum(token == name for token in tokens)


def test_a_chat_is_read_as_transformers_reads_it(chatty: Callable[[str], ModelRef]) -> None:
    ref = chatty(IN_TURNS)
    assert usual_template(ref) == CHAT
    turns = [{"role": "user", "content": "How many apples?"}]
    theirs = load_tokenizer(ref).apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    assert list(encode_prompt(ref, "How many apples?", asking=CHATTY, max_new_tokens=4).ids) == theirs
    (asked,) = encode_questions(ref, ["How many apples?"], max_new_tokens=4, asking=CHATTY)
    assert asked is not None and list(asked.ids) == theirs and asked.text.startswith("<|begin|>")


@pytest.mark.parametrize("start", ["{{ bos_token }}", "{{ bos_token }}{{ bos_token }}", "", "\n{{ bos_token }}"])
def test_one_begin_token_whatever_the_template_writes(chatty: Callable[[str], ModelRef], start: str) -> None:
    ref = chatty(IN_TURNS.replace("{{ bos_token }}", start))
    shots = (Shot(question="1 + 1?", answer="2"),)
    for asking in (CHATTY, Asking(template=CHAT, system="Be brief.", shots=shots), Asking(template=PAPER), PLAIN_QUESTION):
        assert count(read(ref, asking, "How many <|begin|> apples?"), "<|begin|>") == 1


def test_a_begin_token_that_only_the_template_writes_is_not_doubled(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint_folder("qwen3"), tmp_path / "qwen"))
    (folder / "chat_template.jinja").write_text(IN_TURNS.replace("{{ bos_token }}", "<|begin|><|begin|>"), encoding="utf-8")
    ref = resolve(str(folder))
    assert encoder(ref).begin == () and count(read(ref, CHATTY, "How many?"), "<|begin|>") == 1


def test_names_of_control_tokens_that_a_person_types_are_text_in_a_chat(chatty: Callable[[str], ModelRef]) -> None:
    ref = chatty(IN_TURNS)
    plain, typed = read(ref, CHATTY, "How many?"), read(ref, CHATTY, f"How {END}{TURN} many?")
    assert (count(plain, END), count(plain, TURN)) == (count(typed, END), count(typed, TURN)) == (1, 2)
    prompt = write_prompts(ref, CHATTY, [f"How {END} many?"])[0]
    assert f"user: How {END} many?" in prompt.text and [piece.control for piece in prompt.pieces] == [True, False, True]
    answer = write_answers(ref, CHATTY, [f"2 {END}"])[0]
    assert [piece.control for piece in answer.pieces] == [True, False]
    assert len(prompt.followed_by(answer).pieces) == 4 and Written(pieces=()).followed_by(answer) == answer


def test_answers_end_where_the_template_ends_a_turn(chatty: Callable[[str], ModelRef]) -> None:
    ref = chatty(IN_TURNS.replace(END, "<|pad|>"))
    end = int(encoder(ref).tokenizer.convert_tokens_to_ids("<|pad|>"))
    assert end_of_turn(ref) == end == end_of_turn_of(load_tokenizer(ref)) and end in end_tokens(ref)
    assert end_of_answer(ref, CHATTY) == end
    assert end_of_answer(ref, PLAIN_QUESTION) == encoder(ref).tokenizer.eos_token_id
    words = chatty("{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}")
    assert end_of_turn(words) is None and end_of_answer(words, CHATTY) == encoder(words).tokenizer.eos_token_id
    silent = chatty("hello")
    assert end_of_turn(silent) is None and write_answers(silent, CHATTY, ["2"])[0].text == "2"


def test_a_training_example_is_the_prompt_as_asked_then_the_answer_and_the_end_of_the_turn(chatty: Callable[[str], ModelRef]) -> None:
    ref = chatty(IN_TURNS.replace(END, "<|pad|>"))
    shot = Shot(question="1 + 1?", answer="2")
    asking = Asking(template=CHAT, shots=(shot,))
    given = [PROBLEM, Problem(question=" 1 +  1? ", solution="2", answer="2", skill="s", source="s", kind="text")]
    (example,) = encode_examples(ref, given, max_tokens=250, asking=asking).items  # the other one is shown before it
    assert list(example.ids[: example.n_prompt]) == encode_written(ref, write_prompts(ref, asking, [PROBLEM.question]))[0]
    assert example.ids[-1] == end_of_turn(ref)
    shown = example_tokens(ref, asking, PROBLEM)
    assert [token.part for token in shown] == [MASKED] * example.n_prompt + [LEARNED] * example.n_answer
    assert "".join(t.text for t in shown if t.part == LEARNED) == PROBLEM.solution + "<|pad|>"
    assert shown[0].is_special and shown[0].text == "<|begin|>" and not shown[-2].is_special
    assert not any(t.part in (MASKED, LEARNED) for t in prompt_tokens(ref, asking, "How many?"))


def test_a_space_before_an_answer_is_learned_where_the_template_writes_one(chatty: Callable[[str], ModelRef]) -> None:
    ref = chatty(
        "{% for m in messages %}{{ '[INST] ' + m['content'] + ' [/INST]' if m['role'] == 'user' else ' ' + m['content'] + '<|end|>' }}"
        "{% endfor %}"
    )
    assert write_answers(ref, CHATTY, ["2"])[0].text == " 2" and write_prompts(ref, CHATTY, ["1?"])[0].text == "[INST] 1? [/INST]"


def test_the_bundled_model_and_others_without_a_chat_are_asked_plain_questions(tiny_llama: Path) -> None:
    for source in ("bundled", str(tiny_llama)):
        ref = resolve(source)
        assert usual_template(ref) == QUESTION and chat_of(ref) is None and end_of_turn(ref) is None
        with pytest.raises(HypvizError, match="has no chat template; choose the template question or paper"):
            require_template(ref, CHATTY)
        require_template(ref, Asking(template=PAPER))


def test_a_template_stands_in_a_file_of_its_own_or_in_settings(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled_folder(), tmp_path / "named"))
    ref = resolve(str(folder))
    (folder / "chat_template.json").write_text('{"chat_template": {"tool_use": "x", "default": "{{ messages[0].content }}"}}', "utf-8")
    assert write_prompts(ref, CHATTY, ["2 + 2?"])[0].text == "2 + 2?"
    (folder / "chat_template.json").write_text('{"chat_template": {"tool_use": "x"}}', "utf-8")
    assert chat_of(ref) is None
    tokenizer = load_tokenizer(ref)
    tokenizer.chat_template = "{{ raise_exception('no') }}"
    assert end_of_turn_of(tokenizer) is None


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ raise_exception('roles must alternate') }}", r"does not take this question \(.*roles must alternate"),
        ("{% for", "does not take this question"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "does not take this question .*unsafe"),
        ("{{ messages.append(1) }}", "does not take this question .*append"),
        ("{{ 'x' * 10000000000 }}", "more than 2,000,000 characters"),
        ("{{ 10 ** (10 ** 10) }}", "goes on for ever"),
        ("{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "more than 2,000,000 characters"),
    ],
)
def test_a_template_that_misbehaves_is_one_sentence(chatty: Callable[[str], ModelRef], template: str, said: str) -> None:
    ref = chatty(template)
    with pytest.raises(HypvizError, match=said) as told:
        write_prompts(ref, CHATTY, ["How many?"])
    assert "The chat template of chatty" in str(told.value) and "\n" not in str(told.value)
    assert encode_written(ref, write_prompts(ref, PLAIN_QUESTION, ["How many?"]))  # other templates do not mind


def test_a_template_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 0.2)
    loop = "{% for i in range(99999) %}{% for j in range(99999) %}{% set x = i %}{% endfor %}{% endfor %}"
    with pytest.raises(HypvizError, match="did not come to an end"):
        render(loop, [[{"role": "user", "content": "2"}]], {}, opened=True, label="it")


def test_templates_run_in_the_sandbox_and_always_on_the_same_day() -> None:
    made = compiled_template("{{ strftime_now('%d %b %Y') }} {{ 2 ** 3 * 2 }} {{ 2.5 * 4 }} {{ 'ab' * 2 }}", "it")
    assert isinstance(made.environment, ImmutableSandboxedEnvironment)
    assert made.render() == "26 Jul 2024 16 10.0 abab"


def test_control_tokens_are_read_in_a_text_that_stands_for_itself(tiny_llama: Path) -> None:
    ref, bare = resolve(str(tiny_llama)), Asking(template=NONE)
    asked = encode_prompt(ref, f"a{END}", asking=bare, max_new_tokens=1, control_tokens=True)
    assert asked.ids[-1] == encoder(ref).tokenizer.eos_token_id and asked.ids[0] == encoder(ref).tokenizer.bos_token_id
    assert write_prompts(ref, bare, ["x"], control_tokens=True)[0].pieces == (Piece(text="x", control=True),)
