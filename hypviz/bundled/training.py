"""Training the bundled model from scratch within a time budget; seeded, resumable, logged.

Muon (momentum, then orthogonalised) for the matrices of the blocks, AdamW for embeddings and norms; both learning rates rise over
the first 2 % of the budget and fall linearly to zero at its end. Documents are packed into rows of `length` tokens; a masked
prompt carries no loss. State is kept as safetensors: a run that is stopped goes on from its last checkpoint with the batches it
had not seen.
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
_MOMENTS = (("momentum_buffer",), ("step", "exp_avg", "exp_avg_sq"))  # Muon's state, and AdamW's


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
    matrix_lr: float = 0.02
    weight_decay: float = 0.1


@dataclass(slots=True, kw_only=True)
class Reached:
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
) -> Reached:
    """Train until `spec.hours` of training time are used up; checkpoints go to `folder`, one JSON line per 50 steps to `log`."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    optimizers = _optimizers(model, spec)
    progress = _restore(model, optimizers, folder)
    rows = packed_rows(tokenizer, real, spec, skip=progress.documents)
    budget, started, saved = spec.hours * 3600, time.monotonic() - progress.seconds, time.monotonic()
    running = 0.0
    while (elapsed := time.monotonic() - started) < budget:
        share = learning_rate(elapsed / budget)
        for optimizer, peak in zip(optimizers, (spec.matrix_lr, spec.peak_lr), strict=True):
            optimizer.param_groups[0]["lr"] = peak * share
        batch = [next(rows) for _ in range(spec.batch)]
        loss = _step(model, optimizers, batch, device)
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
                "lr": round(spec.peak_lr * share, 7),
                "loss": round(running, 4),
            }
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(model, optimizers, progress, folder)
            saved = time.monotonic()
    _save(model, optimizers, progress, folder)
    return progress


def learning_rate(fraction: float) -> float:
    """The share of the peak: linear rise over the first `WARM_UP` of the budget, then linear decay to zero."""
    if fraction < WARM_UP:
        return max(fraction / WARM_UP, 0.01)
    return max(0.0, (1 - fraction) / (1 - WARM_UP))


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


def _step(model: PreTrainedModel, optimizers: tuple[torch.optim.Optimizer, ...], rows: list[Row], device: str) -> float:
    import torch

    ids = torch.tensor([row.ids for row in rows], device=device)
    labels = torch.tensor([row.labels for row in rows], device=device)
    with torch.autocast(device, dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1].flatten(0, 1)
        targets = labels[:, 1:].flatten()
        logits = model.lm_head(hidden[targets != -100])  # masked positions cost no output layer
    loss = torch.nn.functional.cross_entropy(logits.float(), targets[targets != -100])
    model.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    value = float(loss.detach())
    if not math.isfinite(value):
        raise FloatingPointError("the training loss is not finite; lower the peak learning rate")
    return value


def _optimizers(model: PreTrainedModel, spec: TrainingSpec) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, and AdamW without weight decay for everything else."""
    import torch

    matrices = [p for name, p in model.named_parameters() if p.ndim > 1 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim <= 1 or "embed" in name]
    muon = torch.optim.Muon(matrices, lr=spec.matrix_lr, weight_decay=spec.weight_decay)
    return muon, torch.optim.AdamW(others, lr=spec.peak_lr, betas=(0.9, 0.95), weight_decay=0.0)


def _save(model: PreTrainedModel, optimizers: tuple[torch.optim.Optimizer, ...], progress: Reached, folder: Path) -> None:
    """Weights and the optimizers' state in one safetensors file, so that a checkpoint is whole or absent."""
    from safetensors.torch import save

    tensors = {f"weight.{name}": parameter.detach().cpu().contiguous() for name, parameter in model.named_parameters()}
    for name, parameter in model.named_parameters():
        for optimizer in optimizers:
            for moment, value in optimizer.state.get(parameter, {}).items():
                kept = value.detach().cpu()
                tensors[f"{moment}.{name}"] = kept.reshape(-1) if kept.ndim == 0 else kept.contiguous()
    write_atomically(folder / "checkpoint.safetensors", save(tensors, metadata={"progress": json.dumps(asdict(progress))}))


def _restore(model: PreTrainedModel, optimizers: tuple[torch.optim.Optimizer, ...], folder: Path) -> Reached:
    path = folder / "checkpoint.safetensors"
    if not path.is_file():
        return Reached()
    import torch
    from safetensors import safe_open

    names = {parameter: name for name, parameter in model.named_parameters()}
    with safe_open(path, framework="pt") as file, torch.no_grad():
        progress = Reached(**json.loads(file.metadata()["progress"]))
        kept = set(file.keys())
        for optimizer, moments in zip(optimizers, _MOMENTS, strict=True):
            for parameter in optimizer.param_groups[0]["params"]:
                name = names[parameter]
                parameter.copy_(file.get_tensor(f"weight.{name}"))
                for moment in (m for m in moments if f"{m}.{name}" in kept):
                    value = file.get_tensor(f"{moment}.{name}")
                    optimizer.state[parameter][moment] = value.reshape(()) if moment == "step" else value.to(parameter.device)
    return progress
