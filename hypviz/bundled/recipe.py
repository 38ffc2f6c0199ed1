"""Make the bundled model: ``python -m hypviz.bundled.recipe --hours H [--data DIR]``.

Trains the tokenizer, then the model, and writes both with their card to ``hypviz/bundled/model`` (or ``--out``). Stopping it and
starting it again with the same options goes on where it was; the working files lie in the store under ``recipe``.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hypviz.bundled import bundled_folder
from hypviz.bundled.card import write_training
from hypviz.bundled.texts import read_real_texts
from hypviz.bundled.tokenizer import train_tokenizer
from hypviz.bundled.training import TrainingSpec, build_model, train
from hypviz.records.limits import SEED
from hypviz.store import cache_root, canonical_key

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


@click.command()
@click.option("--hours", type=click.FloatRange(min=0.001, max=1000.0), required=True, help="Training time, in hours.")
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of real texts; without it, generated texts only."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to write the model (default: hypviz/bundled/model).")
@click.option("--seed", type=click.IntRange(min=0, max=int(SEED.most)), default=0, show_default=True)
def main(hours: float, data: Path | None, out: Path | None, seed: int) -> None:
    """Train the bundled model within a time budget; resumable."""
    spec = TrainingSpec(hours=hours, seed=seed)
    real = read_real_texts(data)
    work = cache_root() / "recipe" / canonical_key("recipe", {**asdict(spec), "sources": real.sources})[:16]
    work.mkdir(parents=True, exist_ok=True)
    click.echo(f"Working folder: {work}", err=True)
    tokenizer = _tokenizer(work, real, spec)
    model = build_model(spec, tokenizer)
    click.echo(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens", err=True)
    progress = train(model, tokenizer, real, spec, work, work / "log.jsonl")
    target = out if out is not None else bundled_folder()
    publish(model, tokenizer, target)
    write_training(target, spec, progress, real, work / "log.jsonl")
    click.echo(json.dumps({"folder": str(target), **asdict(progress)}))


def publish(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, target: Path) -> None:
    """Write bf16 safetensors, configuration and tokenizer; the folder is replaced as a whole."""
    import torch

    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.to("cpu", torch.bfloat16).eval().save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def _tokenizer(work: Path, real: object, spec: TrainingSpec) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    if (work / "tokenizer" / "tokenizer.json").is_file():
        return PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    tokenizer = train_tokenizer(real, vocab_size=spec.vocab_size, seed=spec.seed)
    tokenizer.save_pretrained(work / "tokenizer")
    return tokenizer


if __name__ == "__main__":
    main()
