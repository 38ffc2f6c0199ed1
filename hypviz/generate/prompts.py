"""From what a person typed to token ids that fit the model, one prompt or a problem set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.errors import HypvizError
from hypviz.models import summarise
from hypviz.models.tokenizer.asked import encode_written, write_prompts
from hypviz.records.asking import PLAIN_QUESTION, Asking
from hypviz.records.models import ModelRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPrompt:
    """The text a model continues and its token ids, the special first token included."""

    text: str
    ids: tuple[int, ...]


def encode_prompt(
    ref: ModelRef, question: str, *, asking: Asking, max_new_tokens: int, control_tokens: bool = False, n_virtual: int = 0
) -> EncodedPrompt:
    """The prompt as the model reads it; one sentence for an empty prompt or one that leaves no room for the answer.

    It is put as `asking` says. With `control_tokens` names like ``<|im_start|>`` in it are the tokens of that name, otherwise text.
    `n_virtual` tokens of an adapter will stand before it.
    """
    if not question.strip():
        raise HypvizError("The prompt is empty; type a question or choose one from the bank.")
    written = write_prompts(ref, asking, [question], control_tokens=control_tokens)
    ids = encode_written(ref, written)[0]
    if not ids:
        raise HypvizError("The tokenizer turns this prompt into no tokens at all; type something with letters or numbers in it.")
    limit = summarise(ref).max_positions
    if limit is not None and n_virtual + len(ids) + max_new_tokens > limit:
        room = limit - len(ids) - n_virtual
        before = f" behind {n_virtual:,} virtual ones" if n_virtual else ""
        advice = f"ask for at most {room} new tokens" if room > 0 else "shorten the prompt"
        raise HypvizError(
            f"The prompt has {len(ids):,} tokens{before} and {max_new_tokens:,} new ones were asked for, but {ref.label} reads at most "
            f"{limit:,} in all; {advice}."
        )
    return EncodedPrompt(text=written[0].text, ids=tuple(ids))


def encode_questions(
    ref: ModelRef, questions: Sequence[str], *, max_new_tokens: int, asking: Asking = PLAIN_QUESTION
) -> tuple[EncodedPrompt | None, ...]:
    """Each question as `asking` says; None where prompt and answer do not fit into the model's positions."""
    limit = summarise(ref).max_positions
    written = write_prompts(ref, asking, questions)
    rows = encode_written(ref, written, what="The question")
    encoded = (EncodedPrompt(text=one.text, ids=tuple(ids)) for one, ids in zip(written, rows, strict=True))
    return tuple(p if limit is None or len(p.ids) + max_new_tokens <= limit else None for p in encoded)
