"""A trial of the work itself: one block of the model at hand, with the adapters of a fine-tune, forward and backward on this machine now.

The block has random weights of the model's own shapes, the run's precision and the run's number of threads; the times are those of
the clock on the wall, so that whatever else the machine is doing counts. Nothing is downloaded, no weight file is read.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from hypviz.hyplora import attach_adapters, peft_name
from hypviz.models.live.architecture import architecture_of
from hypviz.models.live.libraries import BUILDING
from hypviz.records.runs import RunSpec
from hypviz.worker.members import adapter_config

TRIAL_SECONDS = 0.5
LEAST_PASSES = 5
_VOCABULARY = 64


def block_seconds(spec: RunSpec, *, tokens: int, length: int) -> dict[str, float]:
    """Seconds of one block, forward and backward, for about `tokens` tokens in rows of `length`, by method.

    Raises whatever the architecture raises if it cannot be built with one block; takes about a second. It runs in a thread of its
    own, so that the caller's number of threads stays as it is.
    """
    found: dict[str, float] = {}
    failed: list[BaseException] = []

    def run() -> None:
        try:
            torch.set_num_threads(spec.threads)
            found.update(_measure(spec, max(1, round(tokens / length)), length))
        except BaseException as error:  # handed to the caller
            failed.append(error)

    before = torch.get_num_threads()
    thread = threading.Thread(target=run, name="hypviz-trial")
    thread.start()
    thread.join()
    torch.set_num_threads(before)  # for threads that start later
    if failed:
        raise failed[0]
    return found


def product_seconds(spec: RunSpec, *, rows: int, inputs: int, outputs: int) -> float:
    """Seconds of one product (rows, inputs) x (inputs, outputs) in the run's precision."""
    dtype = torch.bfloat16 if spec.precision == "bfloat16" else torch.float32
    left = torch.ones(rows, inputs, device=spec.device, dtype=dtype)
    right = torch.ones(inputs, outputs, device=spec.device, dtype=dtype)
    (left @ right)[0, 0].item()
    times: list[float] = []
    while len(times) < LEAST_PASSES or sum(times) < 0.1:
        started = time.perf_counter()
        (left @ right)[0, 0].item()  # waits for a GPU
        times.append(time.perf_counter() - started)
    return typical(times)


def typical(times: Sequence[float]) -> float:
    """The mean without the quickest and the slowest quarter: of what a busy machine does, neither its luckiest nor its worst moment."""
    cut = len(times) // 4
    middle = sorted(times)[cut : len(times) - cut]
    return sum(middle) / len(middle)


def _measure(spec: RunSpec, rows: int, length: int) -> dict[str, float]:
    model = _one_block(spec)
    configs = {method: adapter_config(method, spec) for method in spec.methods}
    peft_model = attach_adapters(model, configs, 0).eval().to(spec.device)
    peft_model.enable_input_require_grads()  # a block inside the model hands a gradient down
    ids = torch.zeros((rows, length), dtype=torch.long, device=spec.device)
    mask = torch.ones_like(ids)
    cast = torch.autocast(spec.device.partition(":")[0], dtype=torch.bfloat16) if spec.precision == "bfloat16" else contextlib.nullcontext()

    def one_pass() -> float:
        started = time.perf_counter()
        with cast:
            logits = peft_model(input_ids=ids, attention_mask=mask, use_cache=False).logits
        logits.float().sum().backward()
        if spec.device != "cpu":
            torch.cuda.synchronize(spec.device)
        return time.perf_counter() - started

    times: dict[str, list[float]] = {method: [] for method in spec.methods}
    rounds = 0
    while rounds <= LEAST_PASSES or sum(map(sum, times.values())) < TRIAL_SECONDS * len(times):
        for method, taken in times.items():  # in turn, so that all of them meet the same machine
            peft_model.base_model.set_adapter(peft_name(method))
            seconds = one_pass()
            if rounds:  # the first pays for what is set up once
                taken.append(seconds)
        rounds += 1
    return {method: typical(taken) for method, taken in times.items()}


def _one_block(spec: RunSpec) -> torch.nn.Module:
    architecture = architecture_of(Path(spec.base.path), trust_remote_code=spec.base.trust_remote_code)
    config = architecture.config
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        setattr(config, name, None)
    config.vocab_size, config.num_hidden_layers = _VOCABULARY, 1
    kinds = getattr(config, "layer_types", None)
    if kinds:
        config.layer_types = list(kinds)[:1]
    with BUILDING, torch.random.fork_rng():
        model: Any = architecture.build()
    return model.to(torch.bfloat16) if spec.precision == "bfloat16" else model
