"""Two processes on half a batch each have the gradients of one process on all of it, under DDP and under FSDP2."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
import torch
from peft import PeftModel

from hypviz.hyplora import peft_name
from tests.hyplora import two_processes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without torch.distributed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the two processes left."""
    place = tmp_path_factory.mktemp("processes")
    with pytest.MonkeyPatch.context() as patch:  # a new process runs its parent's main module again, and an earlier test may have left one
        patch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
        torch.multiprocessing.spawn(two_processes.run, (str(place),), nprocs=2)
    return place


def found(folder: Path, rank: int) -> dict:
    return json.loads((folder / f"{rank}.json").read_text())


@pytest.mark.parametrize("wrapper", ["ddp", "fsdp"])
@pytest.mark.parametrize("rank", [0, 1])
def test_gradients_are_those_of_one_process(folder, wrapper, rank):
    differences = found(folder, rank)[wrapper]
    assert sum("lora_log_radius" in name for name in differences) == 14
    assert max(differences.values()) < 1e-5


def test_a_sharded_adapter_is_saved_after_gathering_only(folder):
    assert "sharded over processes and was not saved; gather it" in found(folder, 0)["refusal"]
    assert not (folder / "sharded0").exists()
    again = PeftModel.from_pretrained(two_processes.base(), folder / "gathered" / peft_name("hyplora"))
    with torch.no_grad():
        logits = again(input_ids=two_processes.IDS).logits[:, -1, :5]
    for rank in (0, 1):
        torch.testing.assert_close(logits, torch.tensor(found(folder, rank)["logits"]), rtol=1e-4, atol=1e-5)
