"""The text of every token as a person would type it, from the three ways tokenizers write spaces and bytes.

Byte-level BPE (GPT-2's table of 256 printable stand-ins), sentencepiece (``▁`` for a space, ``<0xE4>`` for a byte) and
WordPiece (``##`` before a continuation). Bytes that are no complete UTF-8 stay visible as ``<0xE4>``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hypviz.vocabulary.kinds import show_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
NO_TOKEN = "<no token {row}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenText:
    """`text` as typed, whether it holds incomplete UTF-8, and whether it starts a word (None: its leading space decides)."""

    text: str
    fragment: bool = False
    starts_word: bool | None = None


def texts_as_typed(tokenizer: PreTrainedTokenizerBase, names: Sequence[str | None], added: set[int]) -> list[TokenText]:
    """The typed text of each vocabulary entry; rows without a token (None) are named by their row number."""
    style = spelling(tokenizer)
    return [
        TokenText(text=NO_TOKEN.format(row=i)) if name is None else typed(name, style, is_added=i in added) for i, name in enumerate(names)
    ]


def spelling(tokenizer: PreTrainedTokenizerBase) -> str:
    """How the tokenizer writes its entries: ``bytes``, ``sentencepiece``, ``wordpiece`` or ``plain``."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return "sentencepiece" if hasattr(tokenizer, "sp_model") else "plain"
    parts = " ".join(_state(part) for part in (backend.decoder, backend.pre_tokenizer, backend.normalizer))
    if '"ByteLevel"' in parts:
        return "bytes"
    if "\u2581" in parts or '"Metaspace"' in parts:
        return "sentencepiece"
    return "wordpiece" if '"WordPiece"' in parts else "plain"


def typed(name: str, style: str, *, is_added: bool = False) -> TokenText:
    """One vocabulary entry as typed; entries added by name are their own text."""
    byte = _BYTE_TOKEN.fullmatch(name)
    if style == "sentencepiece" and byte:
        return _from_bytes(bytes([int(byte[1], 16)]))
    if is_added:
        return TokenText(text=name.replace("\u2581", " ") if style == "sentencepiece" else name)
    if style == "bytes" and all(ch in _byte_of() for ch in name):
        return _from_bytes(bytes(_byte_of()[ch] for ch in name))
    if style == "sentencepiece":
        return TokenText(text=name.replace("\u2581", " "))
    if style == "wordpiece":
        return TokenText(text=name.removeprefix("##"), starts_word=not name.startswith("##"))
    return TokenText(text=name)


def _from_bytes(data: bytes) -> TokenText:
    text = show_bytes(data)
    return TokenText(text=text, fragment=text.encode("utf-8") != data)


def _state(part: Any) -> str:
    """The settings of a part of a tokenizer as JSON; empty where there is none."""
    if part is None:
        return ""
    return json.dumps(json.loads(part.__getstate__()), ensure_ascii=False)


@lru_cache(maxsize=1)
def _byte_of() -> dict[str, int]:
    """The byte behind each stand-in: printable Latin-1 stands for itself, the other 68 bytes for U+0100 onwards (GPT-2)."""
    printable = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or b >= 0xAE]
    others = [b for b in range(256) if b not in set(printable)]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
