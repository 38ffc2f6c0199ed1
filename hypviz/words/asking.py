"""How questions are put to models, in sentences: by which template, why by that one, and who learned another one."""

from __future__ import annotations

from collections.abc import Mapping

from hypviz.records.asking import Asking
from hypviz.templates import TEMPLATES
from hypviz.words.layer_names import listed
from hypviz.words.numbers import counted

MODEL_HAS_CHAT = "The model has a chat template, and instruct models are asked by theirs."
MODEL_HAS_NONE = "The model has no chat template."
ADAPTERS_LEARNED_SO = "The adapters learned to be asked so."


def asking_words(asking: Asking) -> str:
    """``template chat, with a system text, behind 3 examples``."""
    parts = [f"template {asking.template}"]
    parts += ["with a system text"] if asking.system else []
    parts += [f"behind {counted(len(asking.shots), 'example')}"] if asking.shots else []
    return ", ".join(parts)


def otherwise(strangers: Mapping[str, Asking], asking: Asking) -> str | None:
    """For adapters, by title, that learned another asking than this one; None for none."""
    if not strangers:
        return None
    ways = dict.fromkeys(asking_words(taught) for taught in strangers.values())
    told = f"{listed(list(strangers))} learned to be asked otherwise ({'; '.join(ways)})"
    if any(taught.template == asking.template for taught in strangers.values()):
        told += ", with another system text or other examples"
    return f"{told}; here it is {asking_words(asking)}. Answers can be worse for that alone."


def masked_words(n_masked: int, n_learned: int, most: int) -> str:
    """Under the tokens of a training example: what of it is learned, and whether it is short enough to be used."""
    n = n_masked + n_learned
    told = f"{counted(n, 'token')}: the first {n_masked:,} are read and masked, the loss is taken on the last {n_learned:,}."
    return told + (f" Longer than {most:,} tokens, so it is left out; nothing is ever cut." if n > most else " It is not cut.")


def template_help() -> str:
    """A line on every template."""
    return "  \n".join(f"{entry.label}: {entry.help}." for entry in TEMPLATES.values())
