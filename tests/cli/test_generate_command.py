"""``hypviz generate``: the columns and keys it promises, the base first, errors as one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz.cli import main
from hypviz.models import resolve
from tests.scoring.test_states import case, seen
from tests.stages import make_adapters

KEYS = {"name", "text", "answer", "seconds", "fingerprint", "differs_from_base"}


@pytest.fixture(scope="module")
def adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["generate", *arguments])


def test_columns_with_the_base_first(tiny_llama: Path, adapters: dict[str, Path]) -> None:
    given = [f"--adapter={name}={folder}" for name, folder in adapters.items()]
    done = run(str(tiny_llama), *given, "--prompt", "Tom has 12 apples.", "--max-new-tokens", "6", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    columns = found["columns"]
    assert [column["name"] for column in columns] == ["base", "lora", "hyplora", "untrained"]
    assert all(set(column) >= KEYS for column in columns)
    assert [column["differs_from_base"] for column in columns] == [False, True, True, False]
    assert columns[3]["text"] == columns[0]["text"] and len({column["fingerprint"] for column in columns}) == 4
    assert found["prompt"] == "Question: Tom has 12 apples.\nAnswer:"
    again = run(str(tiny_llama), *given, "--prompt", "Tom has 12 apples.", "--max-new-tokens", "6", "--json")
    assert json.loads(again.stdout) == found


def test_answers_are_marked_by_the_rule_and_every_other_is_told(tiny_llama: Path) -> None:
    asked = (str(tiny_llama), "--prompt", "Pick. (A) x (B) y", "--max-new-tokens", "4")
    found = json.loads(run(*asked, "--expected", "b", "--json").stdout)
    assert (found["rule"], found["kind"], found["expected"]) == ("careful", "letter", "B")
    (base,) = found["columns"]
    assert set(base["by_rule"]) == {"careful", "paper"} and base["by_rule"]["careful"] == {
        key: base[key] for key in ("answer", "state", "span")
    }
    assert base["steps"] == [] and base["measuring_seconds"] >= 0
    plain = json.loads(run(str(tiny_llama), "--prompt", "2 + 2?", "--max-new-tokens", "4", "--rule", "lm-eval-strict", "--json").stdout)
    assert (plain["rule"], plain["expected"], plain["kind"]) == ("lm-eval-strict", None, "number")
    refused = run(*asked, "--rule", "lm-eval-strict")
    assert refused.exit_code == 2 and "does not mark" in refused.stderr


def test_what_is_said_of_an_answer_in_words() -> None:
    from hypviz.cli.generate import _answer
    from hypviz.records.answers import END_OF_TEXT, TOKEN_LIMIT

    def words(text: str, ended: str = END_OF_TEXT, *, is_marked: bool = True, rule: str = "careful") -> str:
        return _answer(seen(case(31.0, is_marked=is_marked), (text, ended), rule=rule), 0)

    assert words("It is 31.") == "31, right" and words("It is 3.") == "3, wrong" and words("It is 3.", is_marked=False) == "3"
    assert words("so") == "none found" and words("It is 3", TOKEN_LIMIT, rule="paper") == "3, unfinished (token limit)"
    assert words("\\boxed{31} of 40", rule="paper") == "40, wrong; Careful: 31, right"


def test_a_raw_prompt_is_read_as_it_stands(tiny_llama: Path) -> None:
    done = run(str(tiny_llama), "--prompt", "A dog", "--raw", "--max-new-tokens", "3", "--json")
    assert json.loads(done.stdout)["prompt"] == "A dog"


def test_for_people(tiny_llama: Path, adapters: dict[str, Path]) -> None:
    done = run(str(tiny_llama), f"--adapter=mine={adapters['untrained']}", "--prompt", "A dog", "--max-new-tokens", "3")
    assert done.exit_code == 0 and "identical to the base" in done.stdout and done.stdout.startswith("base")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--prompt", " "], "prompt is empty"),
        (["--prompt", "x", "--max-new-tokens", "9000"], "ask for at most"),
        (["--prompt", "x", "--max-new-tokens", "0"], "max_new_tokens must be a whole number from 1"),
        (["--prompt", "x", "--temperature", "-1"], "temperature must be a number from 0 to 10"),
        (["--prompt", "x", "--adapter", "lora"], "NAME=DIR"),
        (["--prompt", "x", "--adapter", "lora=/nope"], "not an adapter folder"),
    ],
)
def test_mistakes_are_one_sentence_on_stderr(tiny_llama: Path, arguments: list[str], sentence: str) -> None:
    done = run(str(tiny_llama), *arguments, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and sentence in done.stderr
