"""Run folders with damaged files: one sentence that names the file, and nothing lost that is whole."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.hyplora import load_adapter
from hypviz.models import load_model
from hypviz.runs.folder import RunFolder, open_run, runs_root
from hypviz.store import cache_root
from tests.runs.conftest import Trained, work_off

BROKEN = ('{"record": "RunPro', "[1]", "5", '{"map": []}', '{"record": "Unknown", "schema": 1}', "[" * 100_000, "\udcff")


def copy_of(run: Trained) -> RunFolder:
    """The run under the same id in the store of this test."""
    folder = runs_root() / run.record.run_id
    shutil.copytree(run.record.folder, folder)
    return RunFolder(path=folder)


def without(path: Path, field: str) -> str:
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields[field]
    return json.dumps(fields)


@pytest.mark.parametrize("text", [*BROKEN, "a field less", "a field more"])
@pytest.mark.parametrize("name", ["probe.json", "start.json"])
def test_what_a_run_does_not_need_can_be_taken_away(pair, name, text):
    folder = copy_of(pair)
    path = folder.path / name
    if text == "a field less":
        text = without(path, "summary")
    elif text == "a field more":
        text = json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"seen_by": "a later version"})
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    ask = runs.layers if name == "probe.json" else runs.before_first_step
    with pytest.raises(HypvizError, match=rf"^{name} of run {folder.run_id} cannot be read.* adapters are whole without it; move the file"):
        ask(folder.run_id)
    assert runs.get(folder.run_id).state == "done"
    path.unlink()
    assert ask(folder.run_id) in (None, (None, None))


def test_a_word_where_a_number_belongs_is_named_by_field_and_file(pair):
    folder = copy_of(pair)
    path = folder.path / "spec.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"steps": "ten"}), encoding="utf-8")
    with pytest.raises(
        HypvizError, match=rf"^spec.json of run {folder.run_id} is damaged \(RunSpec.steps is 'ten', not a whole number\); delete"
    ):
        runs.get(folder.run_id)


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("name", ["spec.json", "status.json"])
def test_what_it_needs_is_named(pair, name, text):
    folder = copy_of(pair)
    (folder.path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(HypvizError, match=rf"^{name} of run {folder.run_id} (is damaged|cannot be read) .*; delete the run"):
        runs.get(folder.run_id)
    assert runs.list_runs() == ()


@pytest.mark.parametrize(
    "line",
    [
        '{"method": "lora", "step": Infinity, "loss": 1, "seconds": 1, "lr": 1}',
        '{"method": "lora", "step": 1e30, "loss": 1, "seconds": 1, "lr": 1}',
        f'{{"method": "lora", "step": 1, "loss": 1{"0" * 400}, "seconds": 1, "lr": 1}}',
        "[" * 100_000,
        '{"method": "another", "step": 1, "loss": 1, "seconds": 1, "lr": 1}',
    ],
)
def test_a_line_that_is_no_measurement_is_counted(pair, line):
    folder = copy_of(pair)
    with open(folder.metrics, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    found = runs.metrics(folder.run_id)
    assert found.n_damaged == 1
    assert found.curve("lora").losses.tolist() == pair.losses("lora")


def whole_state(path: Path, **changes: object) -> None:
    state = path / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def shorter(path: Path) -> None:
    tensors = load_file(path / "lora.safetensors")
    name = next(name for name in tensors if name.startswith("first.") and "lora_A" in name)
    save_file(tensors | {name: tensors[name][:1].contiguous()}, path / "lora.safetensors")


def not_finite(path: Path) -> None:
    tensors = load_file(path / "hyplora.safetensors")
    name = next(name for name in tensors if name.startswith("weight."))
    save_file(tensors | {name: tensors[name] * float("nan")}, path / "hyplora.safetensors")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: (path / "state.json").write_text("[]"), "it is a list, not the record CheckpointState"),
        (lambda path: (path / "state.json").write_text('{"map": []}'), "it is a table, not the record CheckpointState"),
        (lambda path: whole_state(path, step=600), "after step 600 of 6"),
        (lambda path: whole_state(path, members=[]), "it holds nothing for 'lora'"),
        (shorter, r"has the shape \(1, 64\) there"),
        (not_finite, "values that are not finite"),
    ],
)
def test_a_damaged_checkpoint_is_said_and_the_adapters_saved_at_the_stop_stay(spec, problems, damage, reason):
    from hypviz.worker import stepping

    run_id = runs.create(spec, problems).run_id
    plain = stepping.Stepper.step

    def until_three(self, step, parts):
        plain(self, step, parts)
        if step == 2:
            open_run(run_id).stop_flag.touch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping.Stepper, "step", until_three)
        stopped = work_off(run_id).record
    open_run(run_id).stop_flag.unlink()
    damage(open_run(run_id).checkpoint)
    failed = work_off(run_id).record
    assert failed.state == "failed"
    assert re.search(rf"The checkpoint in .* is damaged \(.*{reason}.*\); start the fine-tune anew", failed.message), failed.message
    if not open_run(run_id).read_checkpoint_state():
        assert [(m.adapter, m.adapter_steps) for m in failed.members] == [(m.adapter, 3) for m in stopped.members]
    for member in failed.members:
        load_adapter(load_model(spec.base), member.method, member.adapter, base_fingerprint=spec.base.fingerprint)


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("name", ["plan.json", "resources.json"])
def test_what_was_only_noted_beside_a_run_does_not_hide_it(pair, name, text):
    folder = copy_of(pair)
    (folder.path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    (found,) = runs.list_runs()
    assert found.state == "done"
    assert getattr(found, name.removesuffix(".json")) is None
    (said,) = found.damaged
    assert said.startswith(f"{name} of run {folder.run_id} cannot be read")


@pytest.mark.parametrize("name", ["a" * 5000, "ü" * 300, "\x00", "..", "", "a/b"])
def test_a_name_that_no_run_can_have_is_an_unknown_run(private_cache, name):
    with pytest.raises(HypvizError, match=r"^There is no run .{0,200}; choose one from the list"):
        runs.get(name)


def test_a_file_where_the_folder_of_runs_belongs_is_named(private_cache):
    runs_root().rmdir()
    (cache_root() / "runs").write_text("not a folder")
    with pytest.raises(HypvizError, match=r"^Fine-tuned runs are kept in .*runs, which is no folder .*; set HYPVIZ_CACHE"):
        runs.list_runs()
