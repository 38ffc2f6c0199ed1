"""Ctrl-C at every long command: what there is or one line, exit code 2, no traceback, nothing half-written; the same command goes on."""

from __future__ import annotations

import runpy
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz import runs
from hypviz.cli import main
from hypviz.cli.common import StderrProgress
from hypviz.models import resolve
from tests.stages import make_adapters

ENDS_AT_ONCE = "hypviz: Stopped."
HANDS_BACK = "Stopping; what there is follows (Ctrl-C once more to end at once)."
WATCHED = {  # by the label of its progress
    "disk": ["disk", "{model}", "--method", "dendrogram", "--tokens", "200"],
    "delta": ["delta", "{model}", "--prompts", "one-step", "--limit", "12"],
    "layers": ["delta", "{model}", "--prompts", "one-step", "--limit", "4", "--layer", "all"],
    "frequency": ["frequency", "{model}", "--corpus", "one-step"],
    "Answers": ["evaluate", "{model}", "--problems", "one-step", "--n", "3", "--max-new-tokens", "3"],
}
EVERY = {
    **WATCHED,
    "generate": ["generate", "{model}", "--prompt", "x", "--max-new-tokens", "3"],
    "measuring": ["export-lora", "{adapter}", "--model", "{model}", "--at", "two-step", "--limit", "4", "--out", "{out}"],
    "fine-tune": ["finetune", "{model}", "--problems", "one-step", "--limit", "8"],
    "model": ["model", "{model}"],
}


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Ctrl-C as a terminal's process hears it; a test run in the background ignores it, and hands that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler  # every command has put back what it found
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def hyplora(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))["hyplora"]


@pytest.fixture
def shell(tiny_llama: Path, hyplora: Path, tmp_path: Path) -> Callable[[str], Result]:
    """``shell(name)``: the command of that name."""
    places = {"model": tiny_llama, "adapter": hyplora, "out": tmp_path / "flat"}
    return lambda name: CliRunner().invoke(main, [argument.format(**places) for argument in EVERY[name]])


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """``press(label, times)``: Ctrl-C at so many first words of the progress with this label."""

    def arm(label: str, times: int) -> None:
        show, left = StderrProgress._show, [times]

        def show_and_press(progress: StderrProgress, done: float, total: float, text: str) -> None:
            show(progress, done, total, text)
            if progress._label == label and left[0]:
                left[0] -= 1
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(StderrProgress, "_show", show_and_press)

    return arm


def nothing_half_written(*folders: Path) -> bool:
    return not [path for folder in folders for path in folder.rglob("*") if "partial" in path.name or ".old-" in path.name]


def without_traceback(done: Result) -> bool:
    return isinstance(done.exception, SystemExit) and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", WATCHED)
def test_the_first_ctrl_c_hands_back_what_there_is_and_the_command_goes_on(name, shell, press, private_cache):
    press(name, 1)
    done = shell(name)
    assert done.exit_code == 2 and without_traceback(done), done.output
    assert done.stderr.count(HANDS_BACK) == 1
    said = done.stderr.partition(HANDS_BACK)[2].strip().splitlines()
    assert said and "stopped" in said[-1].lower() and said[-1].startswith(("hypviz: ", "Note: ")), said
    assert nothing_half_written(private_cache)
    assert shell(name).exit_code == 0  # nothing more is pressed


@pytest.mark.parametrize("name", WATCHED)
def test_the_second_ctrl_c_ends_at_once(name, shell, monkeypatch, private_cache):
    def pressed_twice(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(StderrProgress, "_show", lambda progress, *_: pressed_twice() if progress._label == name else None)
    done = shell(name)
    assert (done.exit_code, done.stdout) == (2, "") and without_traceback(done)
    assert done.stderr.strip().splitlines()[-1] == ENDS_AT_ONCE and nothing_half_written(private_cache)


@pytest.mark.parametrize("name", EVERY)
def test_ctrl_c_while_the_model_is_looked_for_is_one_line(name, shell, monkeypatch, private_cache, tmp_path):
    for place in ("hypviz.studies.models.resolve", "hypviz.studies.model.resolve"):
        monkeypatch.setattr(place, lambda *_, **__: signal.raise_signal(signal.SIGINT))
    done = shell(name)
    assert (done.exit_code, done.stdout) == (2, "") and without_traceback(done)
    assert [line for line in done.stderr.splitlines() if line][-1] == ENDS_AT_ONCE
    assert nothing_half_written(private_cache, tmp_path) and runs.list_runs() == ()


def test_ctrl_c_while_an_answer_is_written_keeps_no_answer(shell, monkeypatch, private_cache):
    with monkeypatch.context() as patch:
        patch.setattr("hypviz.studies.compare.answer_prompt", lambda *_, **__: signal.raise_signal(signal.SIGINT))
        done = shell("generate")
    assert (done.exit_code, done.stdout, done.stderr.strip()) == (2, "", ENDS_AT_ONCE) and without_traceback(done)
    assert nothing_half_written(private_cache) and shell("generate").exit_code == 0


def test_ctrl_c_while_an_export_measures_leaves_no_folder(shell, press, tmp_path):
    press("measuring", 1)
    done = shell("measuring")
    assert (done.exit_code, done.stdout) == (2, "") and done.stderr.strip().splitlines()[-1] == ENDS_AT_ONCE and without_traceback(done)
    assert list(tmp_path.iterdir()) == []
    assert shell("measuring").exit_code == 0 and (tmp_path / "flat" / "adapter_config.json").is_file()


def test_ctrl_c_while_an_export_is_written_leaves_no_folder(shell, monkeypatch, tmp_path):
    monkeypatch.setattr("hypviz.hyplora.saving.write_atomically", lambda *_: signal.raise_signal(signal.SIGINT))
    done = shell("measuring")
    assert done.exit_code == 2 and done.stderr.strip().splitlines()[-1] == ENDS_AT_ONCE
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_a_fine_tune_is_planned_starts_no_run(shell, monkeypatch):
    monkeypatch.setattr("hypviz.studies.finetune.planning.expected_time", lambda *_: signal.raise_signal(signal.SIGINT))
    done = shell("fine-tune")
    assert (done.exit_code, done.stdout) == (2, "") and done.stderr.strip().splitlines()[-1] == ENDS_AT_ONCE and without_traceback(done)
    assert runs.list_runs() == ()


def test_a_layout_that_is_stopped_while_it_settles_is_a_part_and_says_so(shell, monkeypatch):
    show, pressed = StderrProgress._show, []

    def press_once(progress: StderrProgress, done: float, total: float, text: str) -> None:
        show(progress, done, total, text)
        if "settling the order" in text and not pressed:
            pressed.append(text)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(StderrProgress, "_show", press_once)
    part = shell("disk")
    assert part.exit_code == 2 and without_traceback(part) and "Stopped after" in part.stdout, part.output
    assert part.stderr.strip().splitlines()[-1].startswith("Note: this is a part, because the layout was stopped")
    whole = shell("disk")
    assert whole.exit_code == 0 and "Stopped after" not in whole.stdout


def test_ctrl_c_before_the_command_line_listens_is_one_line(monkeypatch, capsys):
    class Loading(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setitem(sys.modules, "hypviz.cli", Loading("hypviz.cli"))
    monkeypatch.delitem(sys.modules, "hypviz.__main__", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("hypviz", run_name="__main__")
    assert ended.value.code == 2 and capsys.readouterr().err == f"{ENDS_AT_ONCE}\n"
