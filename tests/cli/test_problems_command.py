"""`hypviz problems FILE` with every kind of answer, and columns named by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz.cli import main

AQUA = {"question": "2 + 2?", "options": ["A)3", "B)4"], "rationale": "2 + 2 = 4", "correct": "B"}
FRAGEN = "frage,antwort,x,y\nWie viele?,42,42,7\n"


def run(*arguments: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, ["problems", *arguments])
    return found.exit_code, found.stdout, found.stderr


def test_a_letter_is_shown_with_its_options(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(AQUA), encoding="utf-8")
    code, out, said = run(str(file))
    row = json.loads(out)
    assert code == 0 and (row["kind"], row["read_as"], row["options"]) == ("letter", "B", {"A": "3", "B": "4"}) and "1 letter." in said
    assert json.loads(run(str(file), "--json")[1])["kinds"] == {"letter": 1}


def test_columns_are_named_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FRAGEN, encoding="utf-8")
    code, _, said = run(str(file))
    assert code != 0 and "name them with --question COLUMN and --answer COLUMN" in said
    row = json.loads(run(str(file), "--question", "frage", "--answer", "antwort")[1])
    assert (row["kind"], row["read_as"]) == ("number", "42") and "options" not in row
    row = json.loads(run(str(file), "--question", "frage", "--answer", "antwort", "--options", "x", "--options", "y")[1])
    assert (row["kind"], row["read_as"]) == ("letter", "A")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--question", "frage"), "--question is given without --answer"),
        (("--answer", "antwort"), "--answer is given without --question"),
        (("--options", "x"), "--options is given without"),
    ],
)
def test_half_a_mapping_is_refused(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FRAGEN, encoding="utf-8")
    code, _, said = run(str(file), *arguments)
    assert code != 0 and words in said


def test_columns_of_a_bundled_set_are_refused() -> None:
    code, _, said = run("two-step", "--question", "question")
    named = run("two-step", "--question", "question", "--answer", "answer")
    assert named[0] != 0 and "The set two-step is no file" in named[2]
    assert code != 0 and "--question is given without --answer" in said


@pytest.mark.parametrize("command", [("evaluate", "nowhere", "--problems"), ("finetune", "nowhere", "--problems")])
def test_other_commands_take_the_columns_too(command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(FRAGEN, encoding="utf-8")
    unknown = CliRunner().invoke(main, [*command, str(file)])
    assert "name them with --question COLUMN" in unknown.stderr
    missing = CliRunner().invoke(main, [*command, str(file), "--question", "frage", "--answer", "none"])
    assert "has no column “none” (it has frage, antwort, x, y)" in missing.stderr
    known = CliRunner().invoke(main, [*command, str(file), "--question", "frage", "--answer", "antwort"])
    assert "nowhere" in known.stderr and "column" not in known.stderr
