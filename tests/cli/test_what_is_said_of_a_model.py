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
