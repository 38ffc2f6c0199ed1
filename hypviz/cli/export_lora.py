"""``python -m hypviz export-lora ADAPTER --model MODEL --at FILE --out DIR``: a HypLoRA adapter as the nearest plain LoRA."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, is_given, json_option, note, note_fewer, note_reading, trust_option
from hypviz.cli.numbers import Number
from hypviz.records.limits import MEASURED_TOKENS, TEXTS

if TYPE_CHECKING:
    from hypviz.records.hyplora import LoraOfHypLora
    from hypviz.records.texts import Corpus, ProblemSet
    from hypviz.studies.lora_export import Exported

SHOWN = 5
MOST_OF_IT = 0.5  # a median token whose update is missed by more is not served by the layer's gain


@click.command(
    help="Write the plain LoRA nearest to the HypLoRA adapter in the folder ADAPTER.\n\n"
    "HypLoRA is LoRA times one gain per token, so that it can be neither merged nor served where only LoRA is known. The export holds "
    "each layer's gain constant, at the value that misses least of the update over the texts of --at, and says how much it misses. "
    "Any PEFT loads and merges the folder, and it is made for vLLM and for GGUF converters, which read one rank and one alpha."
)
@click.argument("adapter", metavar="ADAPTER", type=click.Path(path_type=Path))
@click.option("--model", required=True, metavar="MODEL", help="The adapter's base: bundled, a folder or a hub id.")
@click.option("--at", "at", required=True, metavar="FILE|NAME", help="Problems, as for finetune, or a .txt file with a text a line.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where to write; must not exist or be empty.")
@click.option("--limit", type=Number(TEXTS), help="Use the first N texts only. [default: 64]")
@click.option("--max-tokens", type=Number(MEASURED_TOKENS), help="Longest text used; longer ones are counted. [default: 256]")
@trust_option
@json_option
def command(
    adapter: Path,
    model: str,
    at: str,
    out: Path,
    limit: int | None,
    max_tokens: int | None,
    trust_remote_code: bool,
    as_json: bool,
) -> None:
    """Export, and print how well one gain a layer fits."""
    from hypviz.studies.lora_export import DEFAULT_TEXTS, DEFAULT_TOKENS, export_lora
    from hypviz.studies.models import resolve

    texts = _texts(at, DEFAULT_TEXTS if limit is None else limit)
    ref = resolve(model, trust_remote_code=trust_remote_code)
    done = export_lora(
        ref, adapter, texts, out, max_tokens=DEFAULT_TOKENS if max_tokens is None else max_tokens, work=StderrProgress("measuring")
    )
    if done.n_left_out:
        note(left_out_sentence(done.n_left_out, done.n_left_out + done.n_texts))
    fit = done.card.made_from
    assert fit is not None
    note(held_by_few(fit))
    emit(as_json, _payload(done, fit, out), _words(done, fit, out))


def _texts(at: str, limit: int) -> ProblemSet | Corpus:
    """The first texts of a .txt file, or of what `read_problems` finds."""
    import dataclasses

    from hypviz.studies.problem_sets import read_problems
    from hypviz.studies.texts import read_corpus

    if Path(at).suffix.lower() != ".txt":
        problems = read_problems(at, limit=limit, split="train")
        note_reading(problems)
        _note_fewer(limit, len(problems.problems))
        return problems
    corpus = read_corpus(at)
    note_reading(corpus)
    _note_fewer(limit, len(corpus.texts))
    return dataclasses.replace(corpus, texts=corpus.texts[:limit])


def _note_fewer(limit: int, found: int) -> None:
    if is_given("limit"):
        note_fewer(limit, found, "texts")


def left_out_sentence(n: int, of: int) -> str:
    """How many texts were not measured."""
    left = f"{n:,} of {of:,} text{'' if of == 1 else 's'}"
    return f"{left} {'was left out: it is' if n == 1 else 'were left out: they are'} longer than --max-tokens, or empty."


def held_by_few(fit: LoraOfHypLora) -> str | None:
    """The warning for layers whose gain is that of a few tokens with massive activations, so that it misses the others; None without."""
    layers = sorted((row for row in fit.layers if (row.median_error or 0.0) > MOST_OF_IT), key=lambda row: -(row.median_error or 0.0))
    if not layers:
        return None
    worst = layers[0]
    count = "1 layer" if len(layers) == 1 else f"{len(layers)} layers"
    return (
        f"in {count} a few tokens with massive activations decide the gain, and the others are missed: in {worst.layer} it is "
        f"{worst.gain:.3g}, which is off by {worst.median_error:.1f} times the update of the median token; do not use this export before "
        "trying it; for one that holds, train with a --lora-beyond below the u of those tokens, which makes their gain 1."
    )


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _payload(done: Exported, fit: LoraOfHypLora, out: Path) -> dict[str, Any]:
    return {
        "adapter": str(out.resolve()),
        "fingerprint": done.card.adapter_fingerprint,
        "made_from": fit.made_from,
        "variant": fit.variant,
        "n_texts": done.n_texts,
        "n_left_out": done.n_left_out,
        "n_tokens": fit.n_tokens,
        "error": fit.error,
        "median_error": fit.median_error,
        "largest_error": fit.largest_error,
        "warning": held_by_few(fit),
        "layers": [
            {
                "layer": row.layer,
                "gain": row.gain,
                "error": row.error,
                "median_error": row.median_error,
                "largest_error": row.largest_error,
                "n_tokens": row.n_tokens,
            }
            for row in fit.layers
        ],
    }


def _words(done: Exported, fit: LoraOfHypLora, out: Path) -> str:
    """The same for people: the error first, then the gains and the layers that fit worst."""
    from hypviz.words.numbers import share

    gains = [row.gain for row in fit.layers if row.gain is not None]
    worst = sorted((row for row in fit.layers if row.error is not None), key=lambda row: -(row.error or 0.0))[:SHOWN]
    untrained = len(fit.layers) - len(gains)
    lines = [
        f"Plain LoRA in {out.resolve()}, made from the HypLoRA adapter {fit.made_from[:12]}",
        f"  misses {share(fit.error, 1)} of the update |Delta| over {_count(fit.n_tokens, 'token')} of {_count(done.n_texts, 'text')}; "
        f"by token {share(fit.median_error, 1)} at the median and {share(fit.largest_error, 1)} at most",
        f"  one gain a layer, from {min(gains):.3g} to {max(gains):.3g}"
        + (f"; {_count(untrained, 'layer')} with B = 0" if untrained else ""),
        "  layers that fit worst:",
        *(
            f"    {row.layer}: gain {row.gain:.3g}, misses {share(row.error or 0.0, 1)}, at most {share(row.largest_error or 0.0, 1)} of a "
            "token"
            for row in worst
        ),
        "The texts decide the gains: on others the error differs.",
    ]
    return "\n".join(lines)
