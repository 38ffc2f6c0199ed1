"""Seconds per training step of HypLoRA as a ratio to PEFT's LoRA: ``python benchmarks/pair_step.py [--rounds N]``.

Both adapters sit on one copy of the bundled model and are stepped in turn on the same batch, so that a noisy machine disturbs
both alike; the medians and their ratio are printed as one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--rank", type=int, default=16)
    chosen = parser.parse_args()

    import torch

    from hypviz.hyplora import HypLoraConfig, adapter_parameters, attach_adapters, peft_name
    from hypviz.models import load_model, resolve

    config = HypLoraConfig(r=chosen.rank, lora_alpha=2 * chosen.rank)
    model = attach_adapters(load_model(resolve("bundled"), dtype="float32"), {"lora": config.plain(), "hyplora": config}, seed=0)
    vocab_size = model.get_input_embeddings().weight.shape[0]
    ids = torch.randint(0, vocab_size, (chosen.batch, chosen.length), generator=torch.Generator().manual_seed(0))
    optimizers = {name: torch.optim.AdamW(adapter_parameters(model, name), lr=1e-3) for name in ("lora", "hyplora")}
    seconds: dict[str, list[float]] = {name: [] for name in optimizers}
    for _ in range(chosen.rounds + 1):
        for name, optimizer in optimizers.items():
            model.base_model.set_adapter(peft_name(name))
            started = time.perf_counter()
            model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            seconds[name].append(time.perf_counter() - started)
    median = {name: statistics.median(values[1:]) for name, values in seconds.items()}  # the first round warms up
    shown = {f"{name}_s": round(value, 4) for name, value in median.items()}
    print(json.dumps({**shown, "ratio": round(median["hyplora"] / median["lora"], 3)}))


if __name__ == "__main__":
    main()
