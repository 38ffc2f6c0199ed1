"""``hypviz exchange`` and what ``evaluate`` writes for others: files made by hand, no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz.cli import main
from hypviz.cli.evaluate_exchange import Places, said_more
from hypviz.errors import HypvizError
from hypviz.models import resolve
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.records.texts import ProblemSet
from hypviz.words.exchange import again_sentence
from tests.exchange.logged import logged
from tests.scoring.records import answers, evaluated, problem


@pytest.fixture(scope="module")
def spec(tiny_llama: Path) -> EvaluationSpec:
    asked = ProblemSet(name="set", problems=(problem(7.0),), fingerprint="f", n_skipped=0)
    return EvaluationSpec(model=resolve(str(tiny_llama)), columns=(), problems=asked, tokens=4)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["exchange", *arguments])


def test_samples_are_marked_and_compared(tmp_path: Path, spec: EvaluationSpec) -> None:
    Places(harness=tmp_path / "task").write(evaluated({"base": answers([7.0, 8.0])}, [7.0, 9.0]), spec)
    first, second = {"question": "q 0"}, {"question": "q 1"}
    file = tmp_path / "samples_x.jsonl"
    file.write_text(logged(0, "7.0", "7", doc=first) + logged(1, "9", "9", doc=second) + logged(4, "1", "1"), encoding="utf-8")
    found = json.loads(run(str(file), "--against", str(tmp_path / "task"), "--json").stdout)
    assert found["n"] == 3 and found["right"]["paper"] == found["right"]["careful"] == 3
    paper = next(each for each in found["agreements"] if each["rule"] == "paper")
    assert (paper["same_text"], paper["same_mark"], paper["right_here"], paper["right_in_samples"], paper["parting"]) == (1, 1, 1, 2, [2])
    words = run(str(file), "--against", str(tmp_path / "task" / "answers.jsonl")).stdout
    assert "1 of 2 texts of base" in words and "Problem 2: alike for 0 signs" in words and "1 problem is in one" in words
    alone = run(str(file)).stdout
    assert "3 samples can be marked." in alone and "texts of base" not in alone


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["missing"], "could not be read"), (["latin"], "is no text in UTF-8"), (["latin", "--column", "x"], "--column has no meaning")],
)
def test_mistakes_are_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4")
    done = run(str(tmp_path / arguments[0]), *arguments[1:])
    assert done.exit_code == 2 and sentence in done.stderr and done.stderr.count("\n") == 1


def test_places_are_checked_before_the_work(tmp_path: Path, spec: EvaluationSpec) -> None:
    Places().write(evaluated({"base": answers([7.0])}, [7.0]), spec)
    with pytest.raises(HypvizError, match="for --harness does not exist"):
        Places(harness=tmp_path / "none" / "task")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HypvizError, match="could not be written"):
        Places(harness=tmp_path / "file").write(evaluated({"base": answers([7.0])}, [7.0]), spec)


def test_the_page_and_the_table_are_written(tmp_path: Path, spec: EvaluationSpec) -> None:
    found = evaluated({"base": answers([7.0])}, [7.0])
    Places(report=tmp_path / "page.html", csv=tmp_path / "rows.csv").write(found, spec)
    assert "<h1>Evaluation of m on set</h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (tmp_path / "rows.csv").read_bytes().count(b"\r\n") == 2
    assert said_more(found) == ()


def test_what_evaluate_wrote_is_marked_and_counted_again(tmp_path: Path, spec: EvaluationSpec) -> None:
    found, table, lines = evaluated({"base": answers([7.0, 8.0])}, [7.0, 9.0]), tmp_path / "rows.csv", tmp_path / "rows.jsonl"
    Places(csv=table, out=lines).write(found, spec)
    for file in (table, lines):
        told = json.loads(run(str(file), "--json").stdout)
        assert (told["n"], told["samples"], told["parted"], told["right"]["base"]["paper"]) == (2, 1, [], 1)
        assert "all 8 marks are what the rules make of the texts" in run(str(file)).stdout
    table.write_bytes(table.read_bytes().replace(b"8.0", b"9.0", 1))
    said = run(str(table)).stdout
    assert "of 8 marks are not what the rules make of the texts, the first: problem 2, base" in said and "base: right 2 by careful" in said
    assert run(str(table), "--against", str(tmp_path)).exit_code == 2


def test_samples_of_several_rounds_are_counted_in_words() -> None:
    assert again_sentence(3, 2, 12, []).startswith("3 problems, 2 samples each: all 12")
