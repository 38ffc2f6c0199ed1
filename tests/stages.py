"""A tiny real Llama, three adapters on it (one of them still untrained) and what the answering functions need around them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hypviz.generate import asked_columns
from hypviz.models import load_model, load_tokenizer, resolve
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.records.specs.answers import ComparisonSpec, EvaluationSpec
from hypviz.records.texts import ProblemSet

TARGETS = ["q_proj", "v_proj", "down_proj"]


@dataclass(slots=True)
class Stage:
    """A model with its reference; `lend` counts how often it was opened."""

    ref: ModelRef
    model: Any
    tokenizer: Any
    opened: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def lend(self) -> Iterator[tuple[Any, Any]]:
        self.opened.append("model")
        yield self.model, self.tokenizer


def make_adapters(folder: Path, ref: ModelRef, *, targets: list[str] | None = None, strength: float = 0.4) -> dict[str, Path]:
    """lora and hyplora with random B, and `untrained` with B = 0; without targets every linear layer inside the blocks."""
    import torch
    from peft import LoraConfig

    from hypviz.hyplora import HypLoraConfig, attach_adapters, save_adapter

    shape = {"r": 4, "lora_alpha": 8, "target_modules": targets}
    configs = {"lora": LoraConfig(**shape), "hyplora": HypLoraConfig(**shape, c=4.0), "untrained": HypLoraConfig(**shape)}
    peft_model = attach_adapters(load_model(ref, dtype="float32"), configs, seed=0)
    dice = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in peft_model.named_parameters():
            if "lora_B" in name and "untrained" not in name:
                parameter.copy_(torch.randn(parameter.shape, generator=dice) * strength)
    for name in configs:
        method = "lora" if name == "lora" else "hyplora"
        save_adapter(peft_model, name, folder / name, base_fingerprint=ref.fingerprint, method=method, run_id=None)
    return {name: folder / name for name in configs}


@pytest.fixture(scope="session")
def stages(checkpoint_folder: Callable[..., Path]) -> Callable[[str], Stage]:
    """``stages("qwen3")``: the architecture's model, loaded once."""
    loaded: dict[str, Stage] = {}

    def stage(architecture: str) -> Stage:
        if architecture not in loaded:
            ref = resolve(str(checkpoint_folder(architecture)))
            loaded[architecture] = Stage(ref=ref, model=load_model(ref, dtype="float32"), tokenizer=load_tokenizer(ref))
        loaded[architecture].opened.clear()
        return loaded[architecture]

    return stage


@pytest.fixture
def stage(stages: Callable[[str], Stage]) -> Stage:
    """The tiny Llama."""
    return stages("llama")


@pytest.fixture(scope="session")
def adapters(stages: Callable[[str], Stage], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Adapter folders for the tiny Llama: lora, hyplora, untrained."""
    return make_adapters(tmp_path_factory.mktemp("adapters"), stages("llama").ref, targets=TARGETS)


@pytest.fixture
def columns(adapters: dict[str, Path]) -> tuple[Column, ...]:
    """Base, LoRA and HypLoRA."""
    return (Column(name="base"), *(Column(name=name, adapter=str(adapters[name])) for name in ("lora", "hyplora")))


def comparison(ref: ModelRef, columns: Sequence[Column], prompt: str, **choices: Any) -> ComparisonSpec:
    """A prompt in the question form, greedily and in at most 8 tokens unless the choices say otherwise."""
    return ComparisonSpec(model=ref, columns=asked_columns(ref, columns), prompt=prompt, **{"tokens": 8, **choices})


def evaluation(ref: ModelRef, columns: Sequence[Column], problems: ProblemSet, *, tokens: int = 8) -> EvaluationSpec:
    """These problems to these columns."""
    return EvaluationSpec(model=ref, columns=asked_columns(ref, columns), problems=problems, tokens=tokens)


@contextlib.contextmanager
def scripted(model: Any, scripts: list[list[int]]) -> Iterator[None]:
    """While open, the model's most likely next tokens follow a script per row, counted in forward passes since the prompt."""
    import torch

    steps = iter(range(10_000))

    def force(_: Any, __: Any, output: torch.Tensor) -> torch.Tensor:
        step = next(steps)
        forced = output.clone()
        for row, script in enumerate(scripts):
            forced[row, -1, script[step] if step < len(script) else script[-1]] = 1e4
        return forced

    handle = model.get_output_embeddings().register_forward_hook(force)
    try:
        yield
    finally:
        handle.remove()


class Calls:
    """While open, how many rows each call of the model's `generate` had."""

    def __init__(self, model: Any) -> None:
        self.n_rows: list[int] = []
        self._model = model

    def __enter__(self) -> Calls:
        generate = self._model.generate

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.n_rows.append(len(kwargs["input_ids"]))
            return generate(*args, **kwargs)

        self._model.generate = counted
        return self

    def __exit__(self, *_: object) -> None:
        del self._model.generate
