"""Answers on another device than the CPU, as far as one can see without any: nothing is made beside it, and float64 is not asked of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from hypviz.errors import HypvizError
from hypviz.generate import answer_prompt, asked_columns, bench, encode_prompt, hidden_states
from hypviz.generate.padding import padding_changes_answers
from hypviz.hyplora import norms as measuring
from hypviz.models import load_model
from hypviz.records.answers import Column, Decoding, Generation
from hypviz.records.asking import PLAIN_QUESTION
from tests.generate.test_virtual_tokens import made
from tests.stages import Stage

MAKING = {torch.tensor, torch.zeros, torch.ones, torch.full, torch.empty, torch.arange, torch.eye, torch.as_tensor}
QUESTION = "Tom has 12 apples and buys 30 more."


class Made(TorchFunctionMode):
    """Where this package or PEFT's virtual tokens make a tensor without a word on its device."""

    def __init__(self) -> None:
        super().__init__()
        self.without_device: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in MAKING and (kwargs or {}).get("device") is None:
            frame = sys._getframe(1)
            if "/hypviz/" in frame.f_code.co_filename.replace("\\", "/"):
                self.without_device.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return func(*args, **(kwargs or {}))


def answers(stage: Stage, columns: Sequence[Column]) -> list[Generation]:
    prompt = encode_prompt(stage.ref, QUESTION, asking=PLAIN_QUESTION, max_new_tokens=4)
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        return [answer_prompt(on_bench, asked, prompt, Decoding(max_new_tokens=4)) for asked in asked_columns(stage.ref, columns)]


@pytest.mark.filterwarnings("ignore")
def test_every_tensor_of_an_answer_is_made_where_the_model_is(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    everyone = [*columns, *(Column(name=kind, adapter=made(tmp_path / kind, stage, kind).adapter) for kind in ("prompt", "prefix"))]
    with Made() as found:
        answers(stage, everyone)
        with bench(stage.ref, stage.model, stage.tokenizer, everyone) as on_bench:
            for column in everyone:
                with on_bench.using(column) as model:
                    padding_changes_answers(model, stage.tokenizer, [[5, 17], [5, 17, 42, 8]])
                    hidden_states(model, [5, 17, 42])
    # a geometry is computed on the CPU, in float64, and moved to its layer
    assert not {place for place in found.without_device if "/hyplora/closed_form.py" not in place}


def test_a_device_without_float64_measures_lengths_within_a_millionth(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = torch.randn(7, 576, generator=torch.Generator().manual_seed(0)) * torch.logspace(-30, 30, 7)[:, None]
    rows = torch.cat([rows, torch.zeros(1, 576)])
    expected = measuring.norms(rows)
    monkeypatch.setattr(measuring, "has_float64", lambda device: device.type != "cpu")
    found = measuring.norms(rows)
    assert found.dtype is torch.float64
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0.0)
    torch.testing.assert_close(measuring.norms(rows.bfloat16()), measuring.norms(rows.bfloat16().float()), rtol=1e-6, atol=0.0)


def test_hyplora_answers_there_as_elsewhere_and_is_probed(
    stage: Stage, columns: tuple[Column, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (expected,) = answers(stage, [columns[2]])[1:]
    monkeypatch.setattr(measuring, "has_float64", lambda device: False)
    (found,) = answers(stage, [columns[2]])[1:]
    assert found.token_ids.tolist() == expected.token_ids.tolist()
    assert found.log_probs == pytest.approx(expected.log_probs, abs=1e-4)
    assert found.probe is not None and expected.probe is not None
    assert found.probe.overall.gain.median == pytest.approx(expected.probe.overall.gain.median, rel=1e-5)


def test_memory_that_ends_in_an_answer_is_one_sentence(stage: Stage, columns: tuple[Column, ...]) -> None:
    for error in (torch.OutOfMemoryError("CUDA out of memory"), MemoryError()):
        with (
            bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench,
            pytest.raises(HypvizError, match="While lora was answering, the memory of cpu ended; ask for fewer new tokens, close"),
            on_bench.using(columns[1]),
        ):
            raise error
    with (
        bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench,
        pytest.raises(RuntimeError, match="shapes"),
        on_bench.using(columns[1]),
    ):
        raise RuntimeError("shapes")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
def test_on_a_gpu_every_column_writes_the_tokens_of_the_cpu(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    everyone = [*columns[1:], *(Column(name=kind, adapter=made(tmp_path / kind, stage, kind).adapter) for kind in ("prompt", "prefix"))]
    moved = Stage(ref=stage.ref, model=load_model(stage.ref, dtype="float32").to("cuda"), tokenizer=stage.tokenizer)
    ours, theirs = answers(stage, everyone), answers(moved, everyone)
    assert [one.token_ids.tolist() for one in ours] == [one.token_ids.tolist() for one in theirs]
