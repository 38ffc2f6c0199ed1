"""Commands say what is to be known of a model beside what they print: doubtful labels, chat templates, typed control tokens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz.bundled import bundled_folder
from hypviz.cli import main
from hypviz.models import resolve
from hypviz.models.tokenizer.tokens import encode_prompts
from tests.checkpoints import with_token_without_row


def run(*arguments: str):
    return CliRunner().invoke(main, [*arguments])


def test_the_model_command_says_that_labels_cannot_be_trusted(tiny_llama: Path) -> None:
    done = run("model", str(tiny_llama))
    assert done.exit_code == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("note"))
    assert "llama predicts plain text" in line and "trust no token's label" in line
    notices = json.loads(run("model", str(tiny_llama), "--json").stdout)["notices"]
    assert len(notices) == 1 and notices[0] in line


def test_of_the_bundled_model_nothing_is_said() -> None:
    assert json.loads(run("model", "bundled", "--json").stdout)["notices"] == []


def test_generate_says_it_beside_the_answer(tiny_llama: Path) -> None:
    done = run("generate", str(tiny_llama), "--prompt", "a dog", "--max-new-tokens", "2", "--json")
    assert "trust no token's label" in done.stderr
    (notice,) = json.loads(done.stdout)["notices"]
    assert notice in done.stderr


@pytest.mark.parametrize("command", ["generate", "evaluate"])
def test_a_chat_template_that_is_not_used_is_one_notice(tmp_path: Path, command: str) -> None:
    folder = Path(shutil.copytree(bundled_folder(), tmp_path / "chatty"))
    (folder / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    asked = ["--prompt", "2 + 3"] if command == "generate" else ["--problems", "two-step", "--n", "2"]
    done = run(command, str(folder), *asked, "--template", "question", "--max-new-tokens", "3", "--json")
    assert done.exit_code == 0
    (notice,) = json.loads(done.stdout)["notices"]
    assert notice.startswith("chatty has a chat template, and is asked by the template question, without it")
    assert done.stderr.count("chat template") == 1


def test_control_tokens_are_read_only_where_asked_for() -> None:
    ref = resolve("bundled")
    asked = ["generate", "bundled", "--prompt", "<s>Question: 2 + 3</s>", "--max-new-tokens", "1", "--json", "--raw"]
    plain, read = run(*asked), run(*asked, "--control-tokens")
    assert (plain.exit_code, read.exit_code) == (0, 0)
    assert encode_prompts(ref, ["<s>Question: 2 + 3</s>"])[0].count(0) == 1
    assert encode_prompts(ref, ["<s>Question: 2 + 3</s>"], control_tokens=True)[0][:2] == encode_prompts(ref, ["Question"])[0]
    refused = run("generate", "bundled", "--prompt", "<s>", "--control-tokens")
    assert refused.exit_code == 2 and "Control tokens are read only in a text given as it stands" in refused.stderr


def test_half_a_character_is_one_sentence() -> None:
    done = run("generate", "bundled", "--prompt", "a dog \ud83d", "--max-new-tokens", "1")
    assert done.exit_code == 2 and "The prompt holds half a character (U+D83D" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("role", ["pad", "eos", "bos"])
def test_a_special_token_without_a_row_harms_no_command(tiny_llama: Path, tmp_path: Path, role: str) -> None:
    folder = str(with_token_without_row(tiny_llama, tmp_path / role, role))
    done = run("evaluate", folder, "--problems", "two-step", "--n", "2", "--max-new-tokens", "3", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["n"] == 2
    assert "embedding rows:" in done.stderr
    for command in (["frequency", folder, "--corpus", "bundled"], ["delta", folder, "--prompts", "bundled", "--limit", "5"]):
        assert run(*command, "--json").exit_code == 0
    typed = run("generate", folder, "--prompt", "a <new> dog", "--raw", "--control-tokens", "--max-new-tokens", "1")
    assert typed.exit_code == 2 and "a token for which" in typed.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["disk", "--method", "pca"],
        ["frequency", "--corpus", "bundled"],
        ["delta", "--prompts", "bundled", "--limit", "3"],
        ["finetune", "--problems", "one-step", "--methods", "lora", "--steps", "1", "--limit", "4", "--batch", "2"],
    ],
)
def test_every_first_command_measures_whether_the_labels_can_be_true(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path))
    name, *options = command
    done = run(name, str(tiny_llama), *options)
    assert done.exit_code == 0, done.stderr
    assert "predicts plain text" in done.stderr and "trust no token's label" in done.stderr


def test_how_a_question_is_put_is_typed_noted_and_told(tmp_path: Path) -> None:
    asked = ["generate", "bundled", "--prompt", "2 + 3?", "--max-new-tokens", "1", "--json"]
    file = tmp_path / "mine.jsonl"
    file.write_text('{"question": "2 + 3?", "answer": "5"}\n{"question": "1 + 1?", "answer": "2"}\n', encoding="utf-8")
    done = run(*asked, "--template", "paper", "--shots", "1", "--shots-from", str(file))
    told = json.loads(done.stdout)
    assert told["asking"]["shots"] == [["1 + 1?", "The answer is 2."]] and "### Instruction:\n1 + 1?" in told["prompt"]
    assert "asked by template paper, behind 1 example." in done.stderr
    assert "asked by" not in run(*asked).stderr  # as ever
    refused = {
        ("--raw", "--template", "paper"): "--raw has no meaning beside --template paper",
        ("--template", "chat"): "bundled has no chat template",
        ("--system", "Be brief."): "The template question has no place for a system text",
        ("--template", "poem"): "There is no template 'poem'",
        (
            "--shots",
            "2",
            "--shots-from",
            str(file),
        ): "2 examples were asked for, but mine.jsonl has 1 problems that are not among those asked",
    }
    for typed, said in refused.items():
        done = run(*asked, *typed)
        assert done.exit_code == 2 and said in done.stderr, typed
