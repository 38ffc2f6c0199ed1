"""Token kinds from token texts: pure string work, no tokenizer.

Texts are as typed: a leading space is a real space, bytes that are no complete UTF-8 are written ``<0xE4>``.
"""

from __future__ import annotations

import re
import unicodedata

from hypviz.records.models import TOKEN_KINDS

_CODE = {name: code for code, name in enumerate(TOKEN_KINDS)}
_RESERVED = re.compile(r"[<\[]\|?[\w ]*?(unused|reserved|extra|dummy|placeholder)[\w ]*\|?[>\]]", re.IGNORECASE)
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def show_bytes(data: bytes) -> str:
    """The text of `data`, each byte that is not part of complete UTF-8 written as ``<0xE4>``."""
    parts: list[str] = []
    rest = data
    while rest:
        try:
            parts.append(rest.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            parts.append(rest[: error.start].decode("utf-8"))
            parts.extend(f"<0x{byte:02X}>" for byte in rest[error.start : error.end])
            rest = rest[error.end :]
    return "".join(parts)


def is_reserved(text: str) -> bool:
    """Whether a token's name says that nothing uses it (``<unused7>``, ``<|reserved_special_token_7|>``)."""
    return bool(_RESERVED.fullmatch(text.strip()))


def token_kind(
    text: str,
    *,
    special: bool = False,
    added: bool = False,
    fragment: bool = False,
    starts_word: bool | None = None,
    exists: bool = True,
) -> int:
    """The index into `TOKEN_KINDS` of one token.

    `added`: added to the vocabulary by name. `fragment`: holds incomplete UTF-8. `starts_word`: True or False where the
    tokenizer marks word starts in another way than by a leading space, None where the space decides. `exists` is False for
    a row that no token has. Scripts written without spaces have no visible word starts, so their tokens count as starts.
    """
    if not exists:
        return _CODE["unused"]
    if special or added:
        if is_reserved(text):
            return _CODE["unused"]
        if special:
            return _CODE["special"]
    if fragment:
        return _CODE["byte fragment"]
    body = text.strip()
    if all(unicodedata.category(ch)[0] in "CZ" for ch in body):  # spaces, control and invisible characters
        return _CODE["whitespace"] if text else _CODE["unused"]
    letter = next((ch for ch in body if unicodedata.category(ch)[0] in "LM"), None)
    if letter is not None:
        starts = text[0].isspace() if starts_word is None else starts_word
        return _CODE["word start" if starts or _is_spaceless(letter) else "word continuation"]
    return _CODE["number" if any(ch.isnumeric() for ch in body) else "punctuation"]


def _is_spaceless(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_SPACELESS)
