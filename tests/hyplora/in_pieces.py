"""What each of two gloo processes does for `test_pieces`: one step of the tiny model under FSDP1, or under DeepSpeed's ZeRO-3."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from peft import PeftModel, get_peft_model
from peft.utils.other import fsdp_auto_wrap_policy
from torch import Tensor, nn
from torch.distributed.fsdp import FullStateDictConfig, FullyShardedDataParallel, StateDictType
from torch.distributed.fsdp.wrap import ModuleWrapPolicy
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, save_adapter
from tests.hyplora.two_processes import IDS, base


class Case(NamedTuple):
    """How a model is put into pieces: PEFT's wrapping policy, or each block as a whole."""

    dtype: str = "float32"
    policy: str = "peft"
    use_orig_params: bool = True
    learn_c: bool = True


CASES = (
    Case(),
    Case(use_orig_params=False),
    Case(policy="blocks"),
    Case(dtype="bfloat16"),
    Case(dtype="bfloat16", use_orig_params=False),
    Case(use_orig_params=False, learn_c=False),
    Case(dtype="bfloat16", learn_c=False),
)
UNNAMED: dict[str, Any] = {"base_fingerprint": "0" * 64, "method": "hyplora", "run_id": None}
SAVED = 1  # of these, the case whose adapter is written


def adapted(case: Case) -> PeftModel:
    """A HypLoRA adapter whose B is not 0 and whose gains are far from 1; PEFT keeps it in float32 on any base."""
    torch.manual_seed(1)
    config = HypLoraConfig(r=4, c=20.0, target_modules=["q_proj", "down_proj"], learn_c=case.learn_c)
    model = get_peft_model(base().to(getattr(torch, case.dtype)), config)
    for number, (name, parameter) in enumerate(model.named_parameters()):
        if "lora_B" in name:
            parameter.data.normal_(std=0.1, generator=torch.Generator().manual_seed(number))
    return model


def optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Plain descent, under which a wrong gradient cannot hide behind a normalised step."""
    return torch.optim.SGD((parameter for parameter in model.parameters() if parameter.requires_grad), lr=0.5)


def logits(model: nn.Module) -> Tensor:
    """Of the whole batch."""
    with torch.no_grad():
        return model(input_ids=IDS).logits.float()


def alone(case: Case) -> tuple[Tensor, float]:
    """The logits after one step on the whole batch in one process, and how far the step moved them."""
    model = adapted(case)
    before, step = logits(model), optimizer(model)
    model(input_ids=IDS, labels=IDS).loss.backward()
    step.step()
    after = logits(model)
    return after, float((after - before).norm())


def run_fsdp1(rank: int, folder: str) -> None:
    """Write `RANK.json`: for every case the distance to one process, in steps, or what was refused."""
    _meet(rank, folder)
    mine, found = slice(2 * rank, 2 * rank + 2), []
    for number, case in enumerate(CASES):
        expected, moved = alone(case)
        model = adapted(case)
        policy = fsdp_auto_wrap_policy(model) if case.policy == "peft" else ModuleWrapPolicy({LlamaDecoderLayer})
        options: dict[str, Any] = {"use_orig_params": case.use_orig_params, "device_id": torch.device("cpu")}
        try:
            sharded = FullyShardedDataParallel(model, auto_wrap_policy=policy, **options)
        except ValueError as refusal:
            found.append(str(refusal))
            continue
        step = optimizer(sharded)
        sharded(input_ids=IDS[mine], labels=IDS[mine]).loss.backward()
        step.step()
        after = logits(sharded)
        found.append(float((after - expected).norm()) / moved)
        if number == SAVED:
            with FullyShardedDataParallel.state_dict_type(sharded, StateDictType.FULL_STATE_DICT, FullStateDictConfig(rank0_only=True)):
                whole = sharded.state_dict()
            try:
                save_adapter(model, "default", f"{folder}/pieces{rank}", **UNNAMED)
            except AdapterError as refusal:
                Path(folder, f"refusal{rank}.txt").write_text(str(refusal))
            if rank == 0:
                fresh = adapted(case)
                fresh.load_state_dict(whole)
                save_adapter(fresh, "default", f"{folder}/gathered", **UNNAMED)
            Path(folder, f"logits{rank}.json").write_text(json.dumps(after[:, -1, :5].tolist()))
    Path(folder, f"{rank}.json").write_text(json.dumps(found))
    dist.barrier()
    dist.destroy_process_group()


def run_zero3(rank: int, folder: str) -> None:
    """Write `RANK.json`: the distance to one process, in steps, and what saving an adapter in pieces says."""
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2")
    _meet(rank, folder)
    import deepspeed

    sys.modules["deepspeed.comm.torch"].build_shm_op = lambda: None  # else it compiles C++, whose lock survives a stopped process
    deepspeed.init_distributed(dist_backend="gloo")
    mine, (expected, moved) = slice(2 * rank, 2 * rank + 2), alone(Case())
    model = adapted(Case())
    zero = {"stage": 3, "stage3_param_persistence_threshold": 0}
    options = {"train_micro_batch_size_per_gpu": 2, "zero_optimization": zero, "zero_allow_untested_optimizer": True}
    options["zero_force_ds_cpu_optimizer"] = False
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer(model), config=options, dist_init_required=False)
    engine.backward(engine(input_ids=IDS[mine], labels=IDS[mine]).loss)
    engine.step()
    found: dict[str, Any] = {}
    try:  # after a step the parameters are in pieces again
        save_adapter(model, "default", f"{folder}/pieces{rank}", **UNNAMED)
    except AdapterError as refusal:
        found["refusal"] = str(refusal)
    found["distance"] = float((logits(engine) - expected).norm()) / moved
    Path(folder, f"{rank}.json").write_text(json.dumps(found))
    dist.barrier()
    dist.destroy_process_group()


def _meet(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
