"""The command line as a newcomer meets it: help without waiting, one sentence and exit code 2, JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz.cli import COMMANDS, common, main

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "hypviz", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0 and all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_has_help(name: str) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0 and "Usage:" in done.output and len(done.output.splitlines()) > 5


def test_problems_are_json_lines() -> None:
    done = run("problems", "two-step:3", "--n", "4")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 4 and all(row["answer"].rpartition("#### ")[2].isdigit() for row in rows)


def test_what_is_read_from_a_file_stands_beside_its_cells(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("question;answer\nHow many?;-$4.50\nWhich?;3 or 4\nHow much?;1/3\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["problems", str(file)])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["given"], row["read_as"]) for row in rows] == [("-$4.50", "-4.5"), ("1/3", "1/3")]
    assert "mine.csv: 1 row was left out: row 3, the answer “3 or 4” holds 2 numbers" in done.stderr
    assert "separated by semicolons" in done.stderr
    found = json.loads(CliRunner().invoke(main, ["problems", str(file), "--json"]).stdout)
    assert (found["n"], found["n_skipped"], len(found["skipped"])) == (2, 1, 1)


def test_a_mistake_is_one_sentence_on_stderr_and_exit_code_2() -> None:
    done = run("problems", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "There is no problem set 'nope'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "No such command 'nope'"),
        (["disk"], "Missing argument 'MODEL'"),
        (["delta", "bundled", "--limit", "0"], "Invalid value for '--limit'"),
        (["--bogus"], "No such option '--bogus'"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_sentence_too(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and not result.stdout
    assert len(result.stderr.splitlines()) == 1 and sentence in result.stderr and result.stderr.endswith("--help.\n")


def test_problems_as_one_json_object() -> None:
    result = CliRunner().invoke(main, ["problems", "two-step", "--n", "3", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0 and found["name"] == "two-step" and len(found["problems"]) == 3


def test_ctrl_c_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hypviz.cli.problems.problem_set", interrupted)
    result = CliRunner().invoke(main, ["problems", "two-step", "--json"])
    assert (result.exit_code, result.stdout, result.stderr.strip()) == (2, "", "hypviz: Stopped.")


def test_progress_is_a_line_now_and_then_where_nobody_sits_at_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "PLAIN_S", 0.0)
    common.StderrProgress("Answers").report(3, 12, "Base")
    monkeypatch.setattr(common, "PLAIN_S", 30.0)
    common.StderrProgress("Answers").report(12, 12, "Base")  # a short command says nothing
    monkeypatch.setattr(common, "PLAIN_S", 0.0)
    monkeypatch.setenv("RANK", "1")
    common.StderrProgress("Answers").report(4, 12, "Base")  # of a group the first one speaks
    assert capsys.readouterr().err.splitlines() == ["Answers 3/12 Base"]
