"""A model's own chat template: conversations as it writes them, what ends a turn, and what an answer begins with.

What a person typed stays text in it: only the names of control tokens that the template itself writes are these tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from hypviz.errors import HypvizError
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.tokenizer.rendering import render
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.kinds import is_table
from hypviz.records.models import ModelRef
from hypviz.templates import ASSISTANT, USER, Turn

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # around the place of a name in a typed text: Unicode keeps both out of texts
_SAID = "hypviz-answer"
_FILES = ("chat_template.jinja", "tokenizer_config.json", "chat_template.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Part of a text; `control` says that names of control tokens in it are these tokens."""

    text: str
    control: bool


class Chat:
    """The chat template `template` of a tokenizer; `label` names the model in errors."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: str, *, label: str) -> None:
        self._tokenizer, self._template, self._label = tokenizer, template, label
        special: list[str] = [str(token) for token in tokenizer.all_special_tokens]
        added: Any = tokenizer.added_tokens_decoder
        self._names = sorted({*special, *(str(token) for token in added.values() if token.special)}, key=len, reverse=True)
        self._in_text = re.compile("|".join(map(re.escape, self._names)) or r"(?!)")

    def opened(self, conversations: Sequence[Sequence[Turn]]) -> list[list[Piece]]:
        """Each conversation up to where the answer begins; `HypvizError` for turns that the template does not take."""
        hidden: list[str] = []
        told = [[{"role": turn.role, "content": self._hide(turn.content, hidden)} for turn in turns] for turns in conversations]
        return [self._pieces(text, hidden) for text in self._render(told, opened=True)]

    def typed(self, text: str) -> list[Piece]:
        """A text of a person's, in which names of control tokens are text."""
        hidden: list[str] = []
        return self._pieces(self._hide(text, hidden), hidden)

    @cached_property
    def end_of_turn(self) -> int | None:
        """The token that the template writes first behind an answer, None where that is no control token."""
        behind = self.around_answer[1].lstrip()
        name = next((name for name in self._names if behind.startswith(name)), None)
        found: object = None if name is None else self._tokenizer.convert_tokens_to_ids(name)
        return found if isinstance(found, int) else None

    @cached_property
    def around_answer(self) -> tuple[str, str]:
        """What the template writes between the opened turn and an answer, and behind the answer up to the end of the text."""
        asked, said = {"role": USER, "content": "1 + 1?"}, {"role": ASSISTANT, "content": _SAID}
        opened, whole = self._render([[asked]], opened=True)[0], self._render([[asked, said]], opened=False)[0]
        before, found, behind = whole.partition(_SAID)
        if not found:
            return "", ""
        return (before[len(opened) :] if before.startswith(opened) else ""), behind

    def _render(self, conversations: Sequence[Sequence[dict[str, str]]], *, opened: bool) -> list[str]:
        given: dict[str, Any] = self._tokenizer.special_tokens_map
        variables = {name: str(token) for name, token in given.items() if isinstance(token, str)}
        return render(self._template, conversations, variables, opened=opened, label=self._label)

    def _hide(self, text: str, hidden: list[str]) -> str:
        """The text with a mark in place of every name, which goes to the end of `hidden`."""

        def mark(found: re.Match[str]) -> str:
            hidden.append(found.group())
            return f"{_OPEN}{len(hidden) - 1}{_CLOSE}"

        return self._in_text.sub(mark, text.replace(_OPEN, "").replace(_CLOSE, ""))

    def _pieces(self, text: str, hidden: Sequence[str]) -> list[Piece]:
        parts = re.split(f"{_OPEN}([0-9]+){_CLOSE}", text)
        told = (Piece(text=hidden[int(part)] if i % 2 else part, control=not i % 2) for i, part in enumerate(parts))
        return [piece for piece in told if piece.text]


def chat_of(ref: ModelRef) -> Chat | None:
    """The model's chat template as its files have it now, None where they have none."""
    files = tuple(Path(ref.path) / name for name in _FILES)
    return _chat(ref, tuple((path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None for path in files))


@lru_cache(maxsize=8)
def _chat(ref: ModelRef, stamps: tuple[tuple[int, int] | None, ...]) -> Chat | None:
    """As `chat_of`; `stamps` make the cache forget files that have changed."""
    alone, *settings = (Path(ref.path) / name for name in _FILES)
    found = _named_default(alone.read_text(encoding="utf-8", errors="replace")) if alone.is_file() else None
    for path in settings:
        if found is None and path.is_file():
            found = _named_default(read_json(path).get("chat_template"))
    return None if found is None else Chat(encoder(ref).tokenizer, found, label=ref.label)


def end_of_turn(ref: ModelRef) -> int | None:
    """The token at which the model ends its turn in a chat; None without a chat template, or one that writes no such token."""
    chat = chat_of(ref)
    return None if chat is None else _end(chat)


def end_of_turn_of(tokenizer: PreTrainedTokenizerBase) -> int | None:
    """The same from a tokenizer alone."""
    if tokenizer not in _ENDS:
        template = _template(tokenizer)
        _ENDS[tokenizer] = None if template is None else _end(Chat(tokenizer, template, label="the model"))
    return _ENDS[tokenizer]


_ENDS: WeakKeyDictionary[PreTrainedTokenizerBase, int | None] = WeakKeyDictionary()


def _end(chat: Chat) -> int | None:
    try:
        return chat.end_of_turn
    except HypvizError:
        return None  # whoever asks by this template is told what is wrong with it; others need no end of it


def _template(tokenizer: PreTrainedTokenizerBase) -> str | None:
    return _named_default(getattr(tokenizer, "chat_template", None))


def _named_default(found: object) -> str | None:
    """The template; of several by name the one called ``default``."""
    if is_table(found):
        found = found.get("default")
    return found if isinstance(found, str) and found.strip() else None
