"""The best plain LoRA for a HypLoRA folder at given texts: read, measured and written in one go.

In: a model, an adapter folder and texts, as problems (question and answer, as a fine-tune reads them) or one a line. Out: a PEFT folder
and its card. Nothing is kept in the store, because the folder is the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import AdapterError, HypvizError
from hypviz.records.asking import PLAIN_QUESTION, Asking
from hypviz.records.limits import MEASURED_TOKENS
from hypviz.records.models import CPU, ModelRef
from hypviz.records.texts import Corpus, ProblemSet
from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from hypviz.records.hyplora import AdapterCard

DEFAULT_TEXTS = 64
DEFAULT_TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The card of what was written, over how many texts, and how many were left out: longer than the limit, or of no token."""

    card: AdapterCard
    n_texts: int
    n_left_out: int


def export_lora(
    ref: ModelRef,
    adapter: Path,
    texts: ProblemSet | Corpus,
    out: Path,
    *,
    max_tokens: int = DEFAULT_TOKENS,
    work: Work = NOBODY,
) -> Exported:
    """Write the plain LoRA to `out`, after one pass of the model for each text.

    Raises `HypvizError` where `out` is taken, the adapter is not HypLoRA or belongs to another base, or no text fits.
    """
    import torch

    from hypviz.hyplora import as_lora, load_adapter, read_adapter_card
    from hypviz.hyplora.folders import read_folder
    from hypviz.hyplora.gate import FAMILY
    from hypviz.hyplora.saving import require_free
    from hypviz.studies.model_notices import load_for_answers

    MEASURED_TOKENS.check(max_tokens)
    name = adapter.absolute().name
    require_free(out, name)
    kind = read_folder(adapter).config["peft_type"]
    if kind not in FAMILY:
        raise AdapterError(
            f"The adapter in {adapter} is of type {kind}, and only HypLoRA is exported as plain LoRA; choose a HypLoRA adapter."
        )
    card = read_adapter_card(adapter)
    if kind == "LORA":
        made = " (made from HypLoRA by such an export)" if card is not None and card.made_from is not None else ""
        raise AdapterError(f"The adapter in {adapter} is plain LoRA already{made}; copy the folder, or merge it with PEFT.")
    taught = None if card is None else card.asking
    rows, n_left_out = _token_rows(ref, texts, max_tokens, taught or PLAIN_QUESTION)
    model, _ = load_for_answers(replace(ref, device=CPU))
    adapted = load_adapter(model, name, adapter, base_fingerprint=ref.fingerprint)
    plain = as_lora(adapted, name, at=[torch.tensor([row]) for row in rows], work=work)
    return Exported(card=plain.save(out, base_fingerprint=ref.fingerprint, asking=taught), n_texts=len(rows), n_left_out=n_left_out)


def _token_rows(ref: ModelRef, texts: ProblemSet | Corpus, max_tokens: int, asking: Asking) -> tuple[list[tuple[int, ...]], int]:
    """Token ids of every text that fits, one row each so that nothing is padded, and how many do not fit."""
    from hypviz.models import encode_prompts
    from hypviz.worker.data import encode_examples

    if isinstance(texts, ProblemSet):
        examples = encode_examples(ref, texts.problems, max_tokens=max_tokens, asking=asking)
        return [example.ids for example in examples.items], examples.n_too_long
    rows = [tuple(row) for row in encode_prompts(ref, texts.texts, what="The text")]
    kept = [row for row in rows if 0 < len(row) <= max_tokens]
    if not kept:
        n = f"All {len(rows)} texts are" if len(rows) > 1 else "The one text is"
        raise HypvizError(f"{n} empty or longer than {max_tokens} tokens; raise --max-tokens or give other texts.")
    return kept, len(rows) - len(kept)
