"""FSDP1 and DeepSpeed's ZeRO-3 at two processes: a step is that of one process, or what cannot be is refused."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from hypviz.hyplora.pieces import whole_weight
from tests.hyplora import in_pieces
from tests.hyplora.two_processes import base

needs_processes = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without torch.distributed")


def two_processes(run: Callable[[int, str], None], place: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:  # a new process runs its parent's main module again, and an earlier test may have left one
        patch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
        torch.multiprocessing.spawn(run, (str(place),), nprocs=2)


@pytest.fixture(scope="module")
def fsdp1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the two processes left."""
    place = tmp_path_factory.mktemp("fsdp1")
    two_processes(in_pieces.run_fsdp1, place)
    return place


@needs_processes
@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_step_under_fsdp1_is_that_of_one_process(fsdp1: Path, rank: int) -> None:
    found = json.loads((fsdp1 / f"{rank}.json").read_text())
    for case, distance in zip(in_pieces.CASES, found, strict=True):
        if case.dtype == "bfloat16" and not case.learn_c:  # a radius that is not trained lies with the base's weights
            assert "uniform dtype" in distance
        else:
            assert distance < (1e-4 if case.dtype == "float32" else 0.02), case


@needs_processes
@pytest.mark.slow
def test_an_adapter_in_pieces_is_saved_after_gathering_only(fsdp1: Path) -> None:
    again = PeftModel.from_pretrained(base(), fsdp1 / "gathered")
    for rank in (0, 1):
        assert "sharded over processes and was not saved" in (fsdp1 / f"refusal{rank}.txt").read_text()
        assert not (fsdp1 / f"pieces{rank}").exists()
        expected = torch.tensor(json.loads((fsdp1 / f"logits{rank}.json").read_text()))
        torch.testing.assert_close(in_pieces.logits(again)[:, -1, :5], expected, rtol=1e-4, atol=1e-5)


@needs_processes
@pytest.mark.slow
def test_a_step_under_zero3_is_that_of_one_process(tmp_path: Path) -> None:
    """Needs `deepspeed` (0.19.8 was tried: DS_BUILD_OPS=0 python -m pip install --no-build-isolation deepspeed==0.19.8)."""
    pytest.importorskip("deepspeed")
    two_processes(in_pieces.run_zero3, tmp_path)
    for rank in (0, 1):
        found = json.loads((tmp_path / f"{rank}.json").read_text())
        assert found["distance"] < 1e-4
        assert "sharded over processes and was not saved" in found["refusal"] and not (tmp_path / f"pieces{rank}").exists()


class Wrapped(torch.nn.Module):
    """As FSDP1 wraps a linear module: its weight is shown as a flat piece, and whole only to a call."""

    def __init__(self, inner: torch.nn.Linear) -> None:
        super().__init__()
        self.inner, self.in_features, self.out_features = inner, inner.in_features, inner.out_features

    @property
    def weight(self) -> torch.Tensor:
        return self.inner.weight.flatten()[:3]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_weight_in_pieces_is_found_exactly_and_with_its_gradient(dtype: torch.dtype) -> None:
    linear = torch.nn.Linear(6, 5, bias=False, dtype=dtype)
    assert whole_weight(linear) is linear.weight
    found = whole_weight(Wrapped(linear))
    assert torch.equal(found, linear.weight)
    pull = torch.randn(5, 6, generator=torch.Generator().manual_seed(1)).to(dtype)
    (found * pull).sum().backward()
    assert torch.equal(linear.weight.grad, pull)
