"""Training the bundled model from scratch within a time budget; seeded, resumable, logged.

AdamW with the learning rate rising over the first 2 % of the budget and falling linearly to zero at its end. Documents are
packed into rows of `length` tokens; a masked prompt carries no loss. State is kept as safetensors and JSON: a run that is
stopped goes on from its last checkpoint with the batches it had not seen.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.bundled.texts import Document, RealTexts, stream
from hypviz.store import write_atomically

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

WARM_UP = 0.02
CHECKPOINT_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """Everything that decides the weights, except the machine's speed."""

    hours: float
    seed: int = 0
    vocab_size: int = 4096
    hidden_size: int = 192
    n_layers: int = 6
    n_heads: int = 6
    mlp_size: int = 512
    batch: int = 16
    length: int = 160
    peak_lr: float = 3e-3
    weight_decay: float = 0.1


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run has come; kept beside the weights."""

    step: int = 0
    documents: int = 0
    tokens: int = 0
    seconds: float = 0.0


def build_model(spec: TrainingSpec, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """A freshly initialised Llama of the spec's shape, input and output embeddings tied."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=spec.vocab_size,
        hidden_size=spec.hidden_size,
        intermediate_size=spec.mlp_size,
        num_hidden_layers=spec.n_layers,
        num_attention_heads=spec.n_heads,
        num_key_value_heads=spec.n_heads,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        return LlamaForCausalLM(config)


def train(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, real: RealTexts, spec: TrainingSpec, folder: Path, log: Path
) -> Progress:
    """Train until `spec.hours` of training time are used up; checkpoints go to `folder`, one JSON line per 50 steps to `log`."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    optimizer = torch.optim.AdamW(_groups(model, spec.weight_decay), lr=spec.peak_lr, betas=(0.9, 0.95))
    progress = _restore(model, optimizer, folder)
    rows = packed_rows(tokenizer, real, spec, skip=progress.documents)
    budget, started, saved = spec.hours * 3600, time.monotonic() - progress.seconds, time.monotonic()
    running = 0.0
    while (elapsed := time.monotonic() - started) < budget:
        lr = learning_rate(elapsed / budget, spec.peak_lr)
        for group in optimizer.param_groups:
            group["lr"] = lr
        batch = [next(rows) for _ in range(spec.batch)]
        loss = _step(model, optimizer, batch, device)
        running = loss if progress.step == 0 else 0.98 * running + 0.02 * loss
        progress.step += 1
        progress.documents = batch[-1].documents
        progress.tokens += spec.batch * spec.length
        progress.seconds = time.monotonic() - started
        if progress.step % 50 == 0:
            line = {
                "step": progress.step,
                "seconds": round(progress.seconds, 1),
                "tokens": progress.tokens,
                "lr": lr,
                "loss": round(running, 4),
            }
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(model, optimizer, progress, folder)
            saved = time.monotonic()
    _save(model, optimizer, progress, folder)
    return progress


def learning_rate(fraction: float, peak: float) -> float:
    """Linear rise over the first `WARM_UP` of the budget, then linear decay to zero."""
    if fraction < WARM_UP:
        return peak * max(fraction / WARM_UP, 0.01)
    return peak * max(0.0, (1 - fraction) / (1 - WARM_UP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One packed training row; labels are -100 where no loss is taken; `documents` counts those consumed so far."""

    ids: list[int]
    labels: list[int]
    documents: int


def packed_rows(tokenizer: PreTrainedTokenizerFast, real: RealTexts, spec: TrainingSpec, *, skip: int = 0) -> Iterator[Row]:
    """Rows of exactly `spec.length` tokens; each begins with the beginning of a document, and the last one in it may be cut."""
    ids: list[int] = []
    labels: list[int] = []
    for count, document in enumerate(stream(real, seed=spec.seed), start=1):
        if count <= skip:
            continue
        new_ids, new_labels = _encode(tokenizer, document)
        ids += new_ids
        labels += new_labels
        if len(ids) >= spec.length:
            yield Row(ids=ids[: spec.length], labels=labels[: spec.length], documents=count)
            ids, labels = [], []


def _encode(tokenizer: PreTrainedTokenizerFast, document: Document) -> tuple[list[int], list[int]]:
    head = tokenizer.encode(document.prompt, add_special_tokens=False) if document.prompt else []
    tail = [*tokenizer.encode(document.rest, add_special_tokens=False), tokenizer.eos_token_id]
    head = [tokenizer.bos_token_id, *head]
    return head + tail, ([-100] * len(head) if document.masked else head) + tail


def _step(model: PreTrainedModel, optimizer: torch.optim.Optimizer, rows: list[Row], device: str) -> float:
    import torch

    ids = torch.tensor([row.ids for row in rows], device=device)
    labels = torch.tensor([row.labels for row in rows], device=device)
    with torch.autocast(device, dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1].flatten(0, 1)
        targets = labels[:, 1:].flatten()
        logits = model.lm_head(hidden[targets != -100])  # masked positions cost no output layer
    loss = torch.nn.functional.cross_entropy(logits.float(), targets[targets != -100])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    value = float(loss.detach())
    if not math.isfinite(value):
        raise FloatingPointError("the training loss is not finite; lower the peak learning rate")
    return value


def _groups(model: PreTrainedModel, weight_decay: float) -> list[dict[str, object]]:
    matrices = [p for name, p in model.named_parameters() if p.ndim > 1 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim <= 1 or "embed" in name]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _save(model: PreTrainedModel, optimizer: torch.optim.Optimizer, progress: Progress, folder: Path) -> None:
    """Weights and both moments in one safetensors file, so that a checkpoint is whole or absent."""
    from safetensors.torch import save

    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[f"weight.{name}"] = parameter.detach().cpu().contiguous()
        for moment, value in optimizer.state[parameter].items():
            tensors[f"{moment}.{name}"] = value.detach().cpu().reshape(-1) if value.ndim == 0 else value.detach().cpu().contiguous()
    write_atomically(folder / "checkpoint.safetensors", save(tensors, metadata={"progress": json.dumps(asdict(progress))}))


def _restore(model: PreTrainedModel, optimizer: torch.optim.Optimizer, folder: Path) -> Progress:
    path = folder / "checkpoint.safetensors"
    if not path.is_file():
        return Progress()
    import torch
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(file.get_tensor(f"weight.{name}"))
                optimizer.state[parameter] = {
                    "step": file.get_tensor(f"step.{name}").reshape(()),
                    "exp_avg": file.get_tensor(f"exp_avg.{name}").to(parameter.device),
                    "exp_avg_sq": file.get_tensor(f"exp_avg_sq.{name}").to(parameter.device),
                }
    return progress
