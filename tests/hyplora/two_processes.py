"""What each of two gloo processes does for `test_processes`: the same tiny pair under DistributedDataParallel and fully_shard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.distributed as dist
from peft import PeftModel
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, adapter_parameters, attach_adapters, save_adapter

IDS = torch.randint(5, 100, (4, 9), generator=torch.Generator().manual_seed(2))


def base() -> LlamaForCausalLM:
    """A tiny Llama, the same in every process."""
    shape = {"vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**shape, num_attention_heads=4, num_key_value_heads=2)).eval()


def adapted() -> PeftModel:
    """The model with one HypLoRA adapter whose B is not 0 and whose gains are far from 1."""
    model = attach_adapters(base(), {"hyplora": HypLoraConfig(r=4, c=20.0)}, seed=1)
    for number, (name, parameter) in enumerate(model.named_parameters()):
        if "lora_B" in name:
            parameter.data.normal_(std=0.1, generator=torch.Generator().manual_seed(number))
    return model


def gradients(model: nn.Module, rows: slice) -> dict[str, torch.Tensor]:
    """Of the mean loss over some rows of the batch; sharded ones are gathered."""
    model(input_ids=IDS[rows], labels=IDS[rows]).loss.backward()
    found = {name.removeprefix("module."): p.grad for name, p in model.named_parameters() if p.grad is not None}
    return {name: grad.full_tensor() if hasattr(grad, "full_tensor") else grad for name, grad in found.items()}


def run(rank: int, folder: str) -> None:
    """Write `RANK.json` with what was found to `folder`."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    alone, mine = gradients(adapted(), slice(0, 4)), slice(2 * rank, 2 * rank + 2)
    found = {"ddp": _differences(alone, gradients(DistributedDataParallel(adapted()), mine))}
    sharded, mesh = adapted(), init_device_mesh("cpu", (2,))
    for block in sharded.get_base_model().model.layers:
        fully_shard(block, mesh=mesh)
    fully_shard(sharded, mesh=mesh)
    found["fsdp"] = _differences(alone, gradients(sharded, mine))
    try:
        save_adapter(sharded, "hyplora", f"{folder}/sharded{rank}", base_fingerprint="0" * 64, method="hyplora", run_id=None)
    except AdapterError as refusal:
        found["refusal"] = str(refusal)
    torch.optim.AdamW(adapter_parameters(sharded, "hyplora"), lr=1e-2).step()
    whole = get_model_state_dict(sharded, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    with torch.no_grad():
        found["logits"] = sharded(input_ids=IDS).logits[:, -1, :5].tolist()
    if rank == 0:
        sharded.save_pretrained(f"{folder}/gathered", state_dict=whole)
    Path(folder, f"{rank}.json").write_text(json.dumps(found))
    dist.barrier()
    dist.destroy_process_group()


def _differences(expected: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Relative, by parameter."""
    assert expected.keys() == found.keys()
    return {name: float((found[name] - grad).norm() / grad.norm()) for name, grad in expected.items()}
