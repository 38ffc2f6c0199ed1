"""``hypviz generate``: the columns and keys it promises, the base first, errors as one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz.cli import main
from hypviz.models import resolve
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
