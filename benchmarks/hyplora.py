"""HypLoRA against PEFT's own LoRA and DoRA and the release's order of operations: time, memory, decoding, mixed batches.

A Llama of random weights, built here; every figure is a ratio to LoRA measured in turn in one process, with the quartiles of the
rounds. Peak memory is that of one child process per method. ``python benchmarks/hyplora.py [--hidden 576 --layers 2]``; with
``--device cuda --dtype bfloat16`` the same on a GPU. Prints a table in Markdown, or with ``--json`` one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

METHODS = ("lora", "hyplora", "dora", "official")
TARGETS = ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]


def build(method: str, given: argparse.Namespace) -> Any:
    """The Llama with one trained-looking adapter (B is not 0)."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    from hypviz.hyplora import HypLoraConfig

    heads = given.hidden // 64
    config = LlamaConfig(
        hidden_size=given.hidden,
        intermediate_size=given.hidden * 8 // 3,
        num_hidden_layers=given.layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 3 if heads % 3 == 0 else heads,
        vocab_size=1024,
        max_position_embeddings=1024,
        eos_token_id=None,
    )
    torch.manual_seed(0)
    base = LlamaForCausalLM(config).to(device=given.device, dtype=getattr(torch, given.dtype))
    options = {"r": given.rank, "lora_alpha": 2 * given.rank, "target_modules": TARGETS, "task_type": "CAUSAL_LM"}
    configs = {
        "lora": lambda: LoraConfig(**options),
        "dora": lambda: LoraConfig(**options, use_dora=True),
        "hyplora": lambda: HypLoraConfig(**options, lora_beyond=6.0),
        "official": lambda: HypLoraConfig(**options, variant="official"),
    }
    model = get_peft_model(base, configs[method]())
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.02)
    return model


def batch_of(given: argparse.Namespace) -> Any:
    """Token ids (batch, length)."""
    import torch

    shape = (given.batch, given.length)
    return torch.randint(0, 1024, shape, generator=torch.Generator().manual_seed(1)).to(given.device)


def clock(given: argparse.Namespace) -> float:
    """Seconds, after the GPU has finished."""
    if given.device == "cuda":
        import torch

        torch.cuda.synchronize()
    return time.perf_counter()


def in_turn(work: dict[str, Callable[[], Any]], rounds: int, given: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds by name; every round runs every piece once, in an order that shifts from round to round."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    names = list(work)
    for i in range(rounds + 2):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            started = clock(given)
            work[name]()
            if i >= 2:  # the first two warm up
                seconds[name].append(clock(given) - started)
    return seconds


def ratios(seconds: dict[str, list[float]], baseline: str) -> dict[str, dict[str, float]]:
    """Median and quartiles of the ratio to the baseline, round by round."""
    found = {}
    for name, values in seconds.items():
        low, middle, high = statistics.quantiles([a / b for a, b in zip(values, seconds[baseline], strict=True)], n=4)
        found[name] = {
            "seconds": round(statistics.median(values), 5),
            "ratio": round(middle, 3),
            "from": round(low, 3),
            "to": round(high, 3),
        }
    return found


def step_of(model: Any, ids: Any) -> Callable[[], None]:
    """One training step of the adapter."""
    import torch

    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

    def step() -> None:
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def saved_bytes(model: Any, ids: Any) -> int:
    """Bytes that autograd keeps from forward to backward, each storage once, parameters not counted."""
    import torch

    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    total = sum(kept.values())
    loss.backward()
    return total


def writer(model: Any, ids: Any, n_tokens: int, **options: Any) -> Callable[[], Any]:
    """Greedy decoding of exactly `n_tokens`."""
    import torch

    model.eval()

    def write() -> Any:
        with torch.no_grad():
            return model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=n_tokens,
                min_new_tokens=n_tokens,
                do_sample=False,
                **options,
            )

    return write


def peak_in_child(method: str, given: argparse.Namespace) -> dict[str, int]:
    """Peak resident bytes of a process that trains three steps, and what of them came after building the model."""
    flags = [f"--{name}={getattr(given, name)}" for name in ("hidden", "layers", "batch", "length", "rank", "dtype", "threads")]
    command = [sys.executable, __file__, *flags, "--child", method]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def child(method: str, given: argparse.Namespace) -> None:
    """What `peak_in_child` runs."""
    model, ids = build(method, given), batch_of(given)
    before = peak_bytes()
    step = step_of(model, ids)
    for _ in range(3):
        step()
    print(json.dumps({"peak": peak_bytes(), "grown": peak_bytes() - before}))


def peak_bytes() -> int:
    """Peak resident size of this process (Linux); `getrusage` would count what the parent had when it forked."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def mixed(given: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """Base, LoRA and HypLoRA in one batched generate, and in three calls."""
    import torch
    from peft import LoraConfig

    from hypviz.hyplora import HypLoraConfig, attach_adapters, peft_name, use_adapter

    base = build("lora", given).unload()
    options = {"r": given.rank, "lora_alpha": 2 * given.rank, "target_modules": TARGETS, "task_type": "CAUSAL_LM"}
    model = attach_adapters(base, {"lora": LoraConfig(**options), "hyplora": HypLoraConfig(**options, lora_beyond=6.0)}, seed=0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.02, generator=torch.Generator(given.device).manual_seed(2))
    one = batch_of(given)[:1, :32]
    names = ("base", "lora", "hyplora")

    def three() -> None:
        for name in names:
            with use_adapter(model, name):
                writer(model, one, given.new_tokens)()

    together = writer(model, one.repeat(3, 1), given.new_tokens, adapter_names=[peft_name(name) for name in names])
    return {"one batched call": together, "three calls": three}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in {
        "hidden": 576,
        "layers": 2,
        "batch": 4,
        "length": 256,
        "rank": 32,
        "rounds": 15,
        "new-tokens": 48,
        "threads": 1,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--json", action="store_true", help="Print every figure as one JSON object.")
    parser.add_argument("--child", choices=METHODS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hidden < 64 or given.hidden % 64:
        parser.error(f"--hidden is {given.hidden}, but heads are 64 wide; give a multiple of 64.")
    if given.rounds < 2:
        parser.error(f"--rounds is {given.rounds}, but quartiles need two rounds or more.")

    import torch

    torch.set_num_threads(given.threads)
    if given.child:
        child(given.child, given)
        return
    ids = batch_of(given)
    models = {method: build(method, given) for method in METHODS}
    result: dict[str, Any] = {"setting": vars(given), "torch": torch.__version__}
    result["step"] = ratios(in_turn({m: step_of(model, ids) for m, model in models.items()}, given.rounds, given), "lora")
    saved = {m: saved_bytes(model, ids) for m, model in models.items()}
    result["saved activations"] = {m: {"bytes": n, "ratio": round(n / saved["lora"], 4)} for m, n in saved.items()}
    if given.device == "cuda":
        result["peak GPU memory"] = gpu_peaks(models, ids)
    else:
        peaks = {m: peak_in_child(m, given) for m in METHODS}
        result["peak RSS"] = {m: {**p, "ratio": round(p["peak"] / peaks["lora"]["peak"], 3)} for m, p in peaks.items()}
    writers = {m: writer(models[m], ids[:1, :32], given.new_tokens) for m in ("lora", "hyplora", "dora")}
    result["decoding"] = ratios(in_turn(writers, given.rounds, given), "lora")
    result["base + LoRA + HypLoRA"] = ratios(in_turn(mixed(given), given.rounds, given), "one batched call")
    print(json.dumps(result, indent=1) if given.json else table(result))


def table(result: dict[str, Any]) -> str:
    """The ratios to LoRA in Markdown: median, and from the lower to the upper quartile of the rounds."""
    memory = "peak GPU memory" if "peak GPU memory" in result else "peak RSS"
    rows = ["| | HypLoRA | DoRA | the release's order |", "|---|---|---|---|"]
    for name, title in (
        ("step", "training step"),
        ("saved activations", None),
        (memory, None),
        ("decoding", "decoding one token at a time"),
    ):
        cells = [_cell(result[name].get(method)) for method in METHODS[1:]]
        rows.append(f"| {title or name} | {' | '.join(cells)} |")
    s, three = result["setting"], result["base + LoRA + HypLoRA"]["three calls"]
    where = f"{s['threads']} thread{'s' if s['threads'] > 1 else ''}" if s["device"] == "cpu" else s["device"]
    shape = f"hidden {s['hidden']}, {s['layers']} layers, {s['batch']} x {s['length']} tokens, r {s['rank']}, {s['dtype']}, {where}"
    return "\n".join(
        [
            *rows,
            "",
            f"Ratios to PEFT's LoRA ({result['step']['lora']['seconds']:.3f} s a step), median (quartiles) of {s['rounds']} rounds;",
            f"{shape}.",
            f"Base, LoRA and HypLoRA in one batched call: {_cell(three)} x as fast as in three calls.",
        ]
    )


def _cell(found: dict[str, float] | None) -> str:
    if found is None:
        return "–"
    if "from" not in found:
        return f"{found['ratio']:.3f}"
    return f"{found['ratio']:.2f} ({found['from']:.2f}–{found['to']:.2f})"


def gpu_peaks(models: dict[str, Any], ids: Any) -> dict[str, Any]:
    """Peak bytes above what was allocated before, during one step."""
    import torch

    peaks = {}
    for method, model in models.items():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        model.train()
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        model.zero_grad()
        peaks[method] = torch.cuda.max_memory_allocated() - before
    return {m: {"bytes": n, "ratio": round(n / peaks["lora"], 4)} for m, n in peaks.items()}


if __name__ == "__main__":
    main()
