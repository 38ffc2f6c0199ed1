"""A fine-tuned model against its base: known differences are found, of the rank they were made with, and unlike models are refused."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from torch import Tensor

from hypviz.cli import main
from hypviz.errors import HypvizError, Stopped
from hypviz.models import resolve
from hypviz.plots.difference import difference_chart, rank_chart, table_chart
from hypviz.records.difference import RANKS, ModelDifference
from hypviz.records.specs.difference import DifferenceSpec
from hypviz.store import Store
from hypviz.studies import difference
from hypviz.studies.difference import DIFFERENCE, estimated_seconds
from hypviz.words.difference import (
    LOW_RANK,
    NOTHING,
    OTHERS,
    ROUNDING,
    WHOLE,
    definition_words,
    difference_finding,
    kind_of_difference,
    modules_sentence,
    rank_words,
    remarks,
    table_sentence,
)
from hypviz.work import Work
from tests.gguf_files import write_gguf

State = dict[str, Tensor]
LAYER = "model.layers.1.self_attn.q_proj.weight"


@pytest.fixture
def other(checkpoint_folder: Callable[..., Path], tmp_path: Path) -> Callable[[Callable[[State], State]], DifferenceSpec]:
    """The question about the tiny Llama and a copy whose tensors were changed."""

    def made(change: Callable[[State], State]) -> DifferenceSpec:
        base, copy = checkpoint_folder("llama"), tmp_path / "tuned"
        shutil.copytree(base, copy, dirs_exist_ok=True)
        state = load_file(copy / "model.safetensors")
        save_file({n: t.contiguous() for n, t in change(dict(state)).items()}, copy / "model.safetensors", metadata={"format": "pt"})
        return DifferenceSpec(base=resolve(str(base)), other=resolve(str(copy)))

    return made


def measured(spec: DifferenceSpec, tmp_path: Path) -> ModelDifference:
    return DIFFERENCE.get(spec, store=Store(tmp_path / "store")).record


def dice(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_lora(state: State, rank: int, names: tuple[str, ...] = ("q_proj", "v_proj")) -> State:
    """As a LoRA of that rank merged into these layers, rounded to what the file stores."""
    for name, tensor in state.items():
        if name.split(".")[-2] in names:
            update = dice((tensor.shape[0], rank), 1) @ dice((rank, tensor.shape[1]), 2)
            state[name] = (tensor.float() + 0.02 * update).to(tensor.dtype)
    return state


@pytest.mark.parametrize("rank", [1, 2])
def test_a_merged_lora_is_of_its_rank_and_nothing_else_moved(other, tmp_path: Path, rank: int) -> None:
    found = measured(other(lambda state: with_lora(state, rank)), tmp_path)
    moved = {tensor.name: tensor for tensor in found.tensors if tensor.is_changed}
    assert {name.split(".")[-2] for name in moved} == {"q_proj", "v_proj"} and len(moved) == 4
    assert [tensor.rank for tensor in moved.values()] == [rank] * 4 and kind_of_difference(found) == LOW_RANK
    assert f"none by more than rank {rank} up to rounding: as a merged LoRA does" in difference_finding(found)
    assert "q_proj by" in modules_sentence(found) and "as in the base: down_proj, gate_proj" in modules_sentence(found)
    assert all(tensor.relative == 0.0 and tensor.rank in (0, None) for tensor in found.tensors if tensor.name not in moved)
    assert not any(table.n_moved for table in found.tables) and not remarks(found)


def test_the_numbers_are_those_of_the_definition(other, tmp_path: Path) -> None:
    spec = other(lambda state: state | {LAYER: state[LAYER] + dice(tuple(state[LAYER].shape)).to(state[LAYER].dtype) * 0.1})
    found = next(tensor for tensor in measured(spec, tmp_path).tensors if tensor.name == LAYER)
    before, after = (load_file(Path(ref.path) / "model.safetensors")[LAYER].double().numpy() for ref in (spec.base, spec.other))
    d = after - before
    s = np.linalg.svd(d, compute_uv=False) ** 2
    assert (found.length, found.moved, found.largest) == pytest.approx(
        (np.linalg.norm(before), np.linalg.norm(d), np.abs(d).max()), rel=1e-6
    )
    assert found.relative == pytest.approx(np.linalg.norm(d) / np.linalg.norm(before), rel=1e-6)
    assert found.n_changed == np.count_nonzero(d) and found.n == d.size and found.shape == d.shape
    assert found.shares == pytest.approx([s[:rank].sum() / s.sum() for rank in RANKS if rank <= min(d.shape)], rel=1e-5)
    steps = 2.0 ** (np.floor(np.log2(np.abs(after[after != 0]))) - 7)
    assert found.rounding == pytest.approx(np.sqrt((steps**2).sum() / 12), rel=1e-9)
    assert found.rank is None and rank_words(found) == "not low"


def test_a_fine_tune_of_all_weights_is_of_no_low_rank(other, tmp_path: Path) -> None:
    def change(state: State) -> State:
        return {name: (t.float() + 0.05 * dice(tuple(t.shape))).to(t.dtype) for name, t in state.items()}

    found = measured(other(change), tmp_path)
    assert kind_of_difference(found) == WHOLE and "all of them in too many directions for a merged LoRA" in difference_finding(found)
    assert "of no low rank" in modules_sentence(found) and "norms, biases and other tensors changed" in modules_sentence(found)
    assert [table.n_moved for table in found.tables] == [len(table.norm) for table in found.tables] and len(found.tables) == 2


def test_what_is_only_rounding_is_said_to_be_that(other, tmp_path: Path) -> None:
    true = dice((32, 32), 4)
    base = shutil.copytree(other(lambda state: state | {LAYER: true}).other.path, tmp_path / "precise")
    rounded = other(lambda state: state | {LAYER: true.to(torch.bfloat16)}).other
    found = measured(DifferenceSpec(base=resolve(str(base)), other=rounded), tmp_path)
    assert kind_of_difference(found) == ROUNDING
    assert difference_finding(found) == "tuned differs from precise by no more than rounding, in 1 of 14 matrices"


def test_norms_alone_and_nothing_at_all(other, tmp_path: Path) -> None:
    found = measured(other(lambda state: state | {"model.norm.weight": state["model.norm.weight"] * 2}), tmp_path)
    assert kind_of_difference(found) == OTHERS and "changes 1 other tensors" in difference_finding(found) and rank_chart(found) is None
    same = measured(other(lambda state: state | {"spare": torch.ones(2)}), tmp_path)
    assert kind_of_difference(same) == NOTHING and "number by number" in difference_finding(same) and same.only_other == ("spare",)
    assert "1 tensors are in tuned alone and are not compared (spare)" in remarks(same)[0] and difference_chart(same).title


def test_rows_that_moved_are_found_and_rows_that_were_added_are_told(other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "ROWS_AT_ONCE", 7)
    name = "model.embed_tokens.weight"

    def change(state: State) -> State:
        table = state[name].clone()
        table[[5, 42]] *= 3.0
        return state | {name: torch.cat([table, table[:4]])}

    spec = other(change)
    config = Path(spec.other.path) / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vocab_size": 409}))
    found = measured(DifferenceSpec(base=spec.base, other=resolve(spec.other.path)), tmp_path)
    table = next(table for table in found.tables if table.tensor == name)
    assert table.n_moved == 2 and set(table.top.tolist()) == {5, 42} and len(table.top_text) == 2 and table.n_more == 4
    assert table.norm_after[42] == pytest.approx(3 * table.norm[42], rel=1e-2) and table.moved[42] == pytest.approx(
        2 * table.norm[42], rel=1e-2
    )
    sentence = table_sentence(table)
    assert "2 of 405 rows moved by 200 % of their norm" in sentence and "4 rows more than in the base" in sentence
    chart = table_chart(table)
    assert list(chart.data.columns) == ["row", "norm", "norm_after", "moved"] and len(chart.data) == len(table.norm)


def test_names_in_a_wrapper_are_the_same_tensors(other, tmp_path: Path) -> None:
    spec = other(lambda state: {f"module.{name}": tensor for name, tensor in with_lora(state, 1).items()})
    found = measured(spec, tmp_path)
    assert not found.only_base and not found.only_other and kind_of_difference(found) == LOW_RANK


def test_charts_hold_every_matrix_and_every_module_that_changed(other, tmp_path: Path) -> None:
    found = measured(other(lambda state: with_lora(state, 2)), tmp_path)
    chart = difference_chart(found)
    (heat,) = chart.figure.data
    assert np.isfinite(np.array(heat.z, dtype=float)).sum() == 4 and np.array(heat.z).shape == (7, 2)
    assert len(chart.data) == len(found.tensors) and chart.data["relative"].max() == pytest.approx(max(t.relative for t in found.tensors))
    ranks = rank_chart(found)
    assert ranks is not None and {trace.name for trace in ranks.figure.data} == {"q_proj", "v_proj"} and "rounding" in definition_words()


def gguf_pair(tiny_llama: Path, tmp_path: Path, **kinds: str) -> tuple[DifferenceSpec, DifferenceSpec]:
    """The folder against its own GGUF file of these types, and that file in float32 against it."""
    folder, file = resolve(str(tiny_llama)), resolve(str(write_gguf(tiny_llama, tmp_path / "tuned.gguf", **kinds)))
    plain = resolve(str(write_gguf(tiny_llama, tmp_path / "plain.gguf")))
    return DifferenceSpec(base=folder, other=file), DifferenceSpec(base=plain, other=file)


def test_a_folder_and_its_own_gguf_file_are_the_same_weight_by_weight(tiny_llama: Path, tmp_path: Path) -> None:
    _, backwards = gguf_pair(tiny_llama, tmp_path)
    folder = resolve(str(tiny_llama))
    for spec in (DifferenceSpec(base=folder, other=backwards.base), DifferenceSpec(base=backwards.base, other=folder)):
        found = measured(spec, tmp_path)
        assert kind_of_difference(found) == NOTHING and len(found.tensors) == len(load_file(tiny_llama / "model.safetensors"))
        assert not (found.only_base or found.only_other or found.not_compared or found.is_quantised) and LAYER in {
            t.name for t in found.tensors
        }


def test_a_quantised_gguf_file_differs_from_its_folder_by_the_noise_of_quantising(tiny_llama: Path, tmp_path: Path) -> None:
    for spec in gguf_pair(tiny_llama, tmp_path, table="Q8_0", body="Q4_1", head="Q8_0"):
        found = measured(spec, tmp_path)
        assert kind_of_difference(found) == ROUNDING and found.other_formats == ("Q8_0", "Q4_1") and not found.base_formats
        assert re.search(r"by no more than quantising makes by itself, in 14 of 14 matrices by \d", difference_finding(found))
        assert re.match(r".* is quantised \(Q8_0 and Q4_1\), and the noise of that .* \d\S* % of a matrix", remarks(found)[0])
        assert all(tensor.rank in (0, None) for tensor in found.tensors) and all(table.n_moved for table in found.tables)
        each = [tensor.moved / tensor.rounding for tensor in found.tensors if tensor.shares and tensor.rounding]
        assert len(each) == 16 and max(each) < 1.12 and min(each) > 0.85


def test_what_was_learned_is_told_from_the_noise_of_a_quantised_base(other, tmp_path: Path) -> None:
    spec = other(lambda state: with_lora({name: t.float() for name, t in state.items()}, 1))
    base = resolve(str(write_gguf(Path(spec.base.path), tmp_path / "base.gguf", body="Q8_0")))
    found = measured(DifferenceSpec(base=base, other=spec.other), tmp_path)
    assert found.base_formats == ("Q8_0",) and kind_of_difference(found) == LOW_RANK
    assert {tensor.name.split(".")[-2] for tensor in found.matrices if tensor.rank} == {"q_proj", "v_proj"}
    unknown = dataclasses.replace(
        found, tensors=tuple(dataclasses.replace(t, rounding=None, rank=None if t.is_matrix else t.rank) for t in found.tensors)
    )
    assert "may be the noise of quantising" in difference_finding(unknown) and "not known for every format" in remarks(unknown)[0]


def test_a_gguf_file_whose_names_are_not_known_is_refused_beside_a_folder_and_not_called_alike(tiny_llama: Path, tmp_path: Path) -> None:
    file = write_gguf(tiny_llama, tmp_path / "tuned.gguf", architecture="unheard-of")
    for pair in ((str(tiny_llama), str(file)), (str(file), str(tiny_llama))):
        with pytest.raises(HypvizError, match=r"name their weights differently, .* two folders or two GGUF files"):
            measured(DifferenceSpec(base=resolve(pair[0]), other=resolve(pair[1])), tmp_path)


def test_models_of_other_shapes_and_the_same_model_are_refused(checkpoint_folder: Callable[..., Path], other, tmp_path: Path) -> None:
    base = resolve(str(checkpoint_folder("llama")))
    with pytest.raises(HypvizError, match="has the same content as llama"):
        measured(DifferenceSpec(base=base, other=base), tmp_path)
    with pytest.raises(HypvizError, match="shares no weight with llama by name; choose a model that was fine-tuned from llama"):
        measured(DifferenceSpec(base=base, other=resolve(str(checkpoint_folder("gpt2")))), tmp_path)
    wider = other(lambda state: state | {LAYER: torch.cat([state[LAYER], state[LAYER]])})
    with pytest.raises(HypvizError, match=f"of another shape than llama: {LAYER} is 64 x 32 there and 32 x 32 here"):
        measured(wider, tmp_path)


def test_a_stop_leaves_nothing_and_the_estimate_grows_with_the_files(other, tmp_path: Path) -> None:
    spec = other(lambda state: with_lora(state, 1))
    with pytest.raises(Stopped):
        DIFFERENCE.get(spec, Work(asked_to_stop=lambda: True), store=Store(tmp_path / "store"))
    assert estimated_seconds(spec) > 2.0


def test_the_command_says_the_same_in_words_and_in_json(other) -> None:
    spec = other(lambda state: with_lora(state, 2))
    runner = CliRunner()
    words = runner.invoke(main, ["difference", spec.base.path, spec.other.path])
    assert words.exit_code == 0 and "as a merged LoRA does." in words.output and "Moved farthest" in words.output
    found = json.loads(runner.invoke(main, ["difference", spec.base.path, spec.other.path, "--json"]).stdout)
    moved = [tensor for tensor in found["tensors"] if tensor["n_changed"]]
    assert found["kind"] == LOW_RANK and len(moved) == 4 and {tensor["rank"] for tensor in moved} == {2}
    assert [table["n_moved"] for table in found["tables"]] == [0, 0]
