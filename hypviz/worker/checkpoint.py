"""The state of a run in safetensors and JSON, written whole or not at all, read back bit for bit.

``checkpoint/state.json`` holds the step and the counters, ``checkpoint/<method>.safetensors`` the adapter's weights and AdamW's two
moments under ``weight.<name>``, ``first.<name>`` and ``second.<name>``; ``checkpoint/adapter/<method>/`` are the PEFT folders of the
same step, for a run that never gets to save others. A checkpoint of an earlier version, whose geometry had shorter names, is read too.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from hypviz.errors import HypvizError
from hypviz.hyplora.names import current_name
from hypviz.records.runs import CheckpointState, MemberState
from hypviz.runs.folder import ADAPTERS, CHECKPOINT_STATE
from hypviz.store import write_atomically
from hypviz.worker.members import Member

AdapterWriter = Callable[[str, Path], str]
"""Writes the adapter of a method to a folder and returns its fingerprint."""


def save(folder: Path, members: Sequence[Member], step: int, write_adapter: AdapterWriter) -> None:
    """Replace the checkpoint; the old one stays until the new one stands."""
    partial = folder.with_name(f".{folder.name}.partial-{uuid.uuid4().hex}")
    try:
        partial.mkdir()
        counters = []
        for member in members:
            path = partial / f"{member.method}.safetensors"
            save_file(_tensors(member), path)
            with open(path, "rb") as file:
                os.fsync(file.fileno())
            counters.append(_counters(member, write_adapter(member.method, partial / ADAPTERS / member.method)))
        write_atomically(partial / CHECKPOINT_STATE, CheckpointState(step=step, members=tuple(counters)).to_json())
        old = folder.with_name(f".{folder.name}.old-{uuid.uuid4().hex}")
        if folder.exists():
            os.replace(folder, old)
        os.replace(partial, folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def restore(folder: Path, members: Sequence[Member], steps: int) -> int:
    """Put weights, moments and counters back; returns the step, 0 if there is no checkpoint. `HypvizError` if it is damaged.

    `steps` are those of the whole run.
    """
    _finish_swap(folder)
    if not folder.is_dir():
        return 0
    try:
        state = CheckpointState.from_json((folder / CHECKPOINT_STATE).read_text(encoding="utf-8"))
        if not 0 < state.step <= steps:
            raise ValueError(f"it was taken after step {state.step} of {steps}")
        counters = {entry.method: entry for entry in state.members}
        for member in members:
            stored = load_file(folder / f"{member.method}.safetensors")
            _put_back(member, {current_name(name): tensor for name, tensor in stored.items()}, counters[member.method], state.step)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError, HypvizError) as error:
        reason = f"it holds nothing for {error}" if isinstance(error, KeyError) else str(error).splitlines()[0][:160].rstrip(".") or "?"
        raise HypvizError(f"The checkpoint in {folder} is damaged ({reason}); start the fine-tune anew.") from error
    return state.step


def _finish_swap(folder: Path) -> None:
    """A worker killed between the two renames of `save` leaves the old checkpoint under its temporary name."""
    for old in sorted(folder.parent.glob(f".{folder.name}.old-*")):
        if folder.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(old, folder)
    for partial in folder.parent.glob(f".{folder.name}.partial-*"):
        shutil.rmtree(partial, ignore_errors=True)


def _tensors(member: Member) -> dict[str, torch.Tensor]:
    found = {}
    for name, parameter in member.parameters.items():
        found[f"weight.{name}"] = parameter.detach().cpu().contiguous()
        moments = member.optimizer.state.get(parameter)
        if moments:  # a layer that the architecture never runs has none
            found[f"first.{name}"] = moments["exp_avg"].cpu().contiguous()
            found[f"second.{name}"] = moments["exp_avg_sq"].cpu().contiguous()
    return found


def _put_back(member: Member, tensors: dict[str, torch.Tensor], counters: MemberState, step: int) -> None:
    for name, parameter in member.parameters.items():
        for kind in ("weight", "first", "second"):
            _require_like(tensors.get(f"{kind}.{name}"), parameter, name)
        with torch.no_grad():
            parameter.copy_(tensors[f"weight.{name}"])
        if f"first.{name}" not in tensors:
            continue
        member.optimizer.state[parameter] = {
            "step": torch.tensor(float(step)),
            "exp_avg": tensors[f"first.{name}"].to(parameter.device),
            "exp_avg_sq": tensors[f"second.{name}"].to(parameter.device),
        }
    member.steps, member.seconds, member.first_loss = step, counters.seconds, counters.first_loss
    member.recent.extend(counters.recent)
    member.n_clipped, member.n_layers_clipped = counters.n_clipped, counters.n_layers_clipped
    member.peak_bytes = counters.peak_bytes


def _require_like(stored: torch.Tensor | None, parameter: torch.nn.Parameter, name: str) -> None:
    """`ValueError` for a tensor of another shape, which a copy would stretch, and for values that no step can go on from."""
    if stored is None:
        return
    if stored.shape != parameter.shape:
        raise ValueError(f"{name} has the shape {tuple(stored.shape)} there and {tuple(parameter.shape)} in the model")
    if not bool(torch.isfinite(stored).all()):
        raise ValueError(f"{name} holds values that are not finite")


def _counters(member: Member, adapter_fingerprint: str) -> MemberState:
    return MemberState(
        method=member.method,
        seconds=member.seconds,
        first_loss=member.first_loss,
        recent=tuple(member.recent),
        n_clipped=member.n_clipped,
        n_layers_clipped=member.n_layers_clipped,
        peak_bytes=member.peak_bytes,
        adapter_fingerprint=adapter_fingerprint,
    )
