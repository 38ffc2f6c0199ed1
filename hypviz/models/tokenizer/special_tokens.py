"""Where a model's files disagree about its special tokens, and whether it is asked by its chat template; reads no weights."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.models.checkpoint.folder import read_json
from hypviz.models.tokenizer.chat import chat_of, end_of_turn
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.asking import CHAT
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_FEW_TOKENS = 0.9


def disagreements(ref: ModelRef) -> tuple[str, ...]:
    """One sentence for each: special tokens without a row, begin and end tokens of which the files say different things, stray sizes."""
    reader = encoder(ref)
    tokenizer, n_rows = reader.tokenizer, reader.n_rows
    pad, eos, bos = (_id_of(tokenizer, name) for name in ("pad_token_id", "eos_token_id", "bos_token_id"))
    said: list[str] = []
    for role, index in (("padding", pad), ("end", eos), ("begin", bos)):
        if index is not None and index >= n_rows:
            said.append(
                f"Its {role} token {tokenizer.convert_ids_to_tokens(index)!r} has the id {index:,}, but the model has {n_rows:,} embedding "
                f"rows: {_without_row(role, index in reader.begin_without_row)}"
            )
    for role, name, own in (("ends", "eos_token_id", eos), ("begins", "bos_token_id", bos)):
        given = _given(ref, name)
        if own is not None and own < n_rows and given and own not in given:
            others = ", ".join(f"{tokenizer.convert_ids_to_tokens(i)!r} ({i:,})" if i < n_rows else f"id {i:,}" for i in given)
            what = "answers end at each of them" if role == "ends" else "prompts follow the tokenizer"
            mine = f"{tokenizer.convert_ids_to_tokens(own)!r} ({own:,})"
            said.append(
                f"Its files disagree on the token that {role} a text: the tokenizer says {mine}, "
                f"config.json or generation_config.json {others}; {what}."
            )
    n_tokens = _tokens_with_row(ref)
    if n_tokens < _FEW_TOKENS * n_rows:
        said.append(
            f"Its tokenizer has tokens for only {n_tokens:,} of the {n_rows:,} embedding rows; if that is not known of this model, "
            "look whether the tokenizer belongs to it."
        )
    return tuple(said)


def _id_of(tokenizer: PreTrainedTokenizerBase, name: str) -> int | None:
    """The id of a special token by the name of its role, None where the tokenizer has none."""
    found = getattr(tokenizer, name)
    return found if isinstance(found, int) else None


def end_tokens(ref: ModelRef) -> tuple[int, ...]:
    """The ids at which config.json and generation_config.json end answers, and the end of a turn in the model's chat template.

    None of the three is part of the model's fingerprint.
    """
    turn = end_of_turn(ref)
    return tuple(sorted({*_given(ref, "eos_token_id"), *(() if turn is None else (turn,))}))


def template_notice(ref: ModelRef, *, template: str) -> str | None:
    """The sentence for a model with a chat template that is asked by another one; None for one without, or asked by it."""
    if template == CHAT or chat_of(ref) is None:
        return None
    return f"{ref.label} has a chat template, and is asked by the template {template}, without it: its answers can be worse than in a chat."


@lru_cache(maxsize=16)
def _tokens_with_row(ref: ModelRef) -> int:
    reader = encoder(ref)
    return len({i for i in reader.tokenizer.get_vocab().values() if i < reader.n_rows})


def _without_row(role: str, begins_every_text: bool) -> str:
    if role == "begin":
        return "prompts go without it." if begins_every_text else "it is never used."
    return "another id fills the masked places of a batch." if role == "padding" else "answers cannot be learned to end with it."


def _given(ref: ModelRef, name: str) -> list[int]:
    """The ids that config.json and generation_config.json give for a role, each once."""
    found: dict[int, None] = {}
    for file in ("config.json", "generation_config.json"):
        path = Path(ref.path) / file
        raw: dict[str, Any] = read_json(path) if path.is_file() else {}
        inner: dict[str, Any] = raw.get("text_config") or {}
        for settings in (raw, inner):
            value: list[Any] | int | None = settings.get(name)
            listed = value if isinstance(value, list) else [value]
            found |= dict.fromkeys(i for i in listed if isinstance(i, int))
    return list(found)
