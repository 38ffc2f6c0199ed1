"""A corpus to count tokens over, from a problem-set name, a file or an upload.

A .txt file is one text per non-empty line; .jsonl, .json and .csv give one text a row, from `field` or else from the first of
`TEXT_FIELDS` that the rows have. The fingerprint is the sha256 of the texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypviz.corpora.rows import decode, parse_rows, read_bytes
from hypviz.errors import HypvizError
from hypviz.problems import is_problem_set, problem_set
from hypviz.records.texts import Corpus

TEXT_FIELDS = ("question", "instruction", "original_text", "text", "prompt", "sentence")
NAMED_SIZE = 3000


def read_corpus(name_or_path: str, *, field: str | None = None) -> Corpus:
    """The texts behind a NAME (questions of a bundled set's training split) or of a file."""
    path = Path(name_or_path)
    if is_problem_set(name_or_path) and not path.is_file():
        texts = tuple(problem.question for problem in problem_set(name_or_path, NAMED_SIZE))
        return Corpus(name=f"{name_or_path} problems", texts=texts, fingerprint=fingerprint(texts), n_skipped=0, field="question")
    return corpus_from_bytes(read_bytes(path), path.name, field=field)


def corpus_from_bytes(data: bytes, filename: str, *, field: str | None = None) -> Corpus:
    """The texts of an uploaded file; its ending decides how it is read."""
    text = decode(data, filename)
    ending = Path(filename).suffix.lower()
    if ending in (".jsonl", ".json", ".csv"):
        rows = parse_rows(text, filename)
        chosen = field or _text_field(rows, filename)
        values = [row.get(chosen) if isinstance(row, dict) else None for row in rows]
        if not any(isinstance(value, str) for value in values):
            raise HypvizError(f"No row of {filename} has text in the field {chosen!r}; name another field.")
        texts = tuple(value.strip() for value in values if isinstance(value, str) and value.strip())
        skipped = len(values) - len(texts)
    else:
        chosen, skipped = None, 0
        texts = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not texts:
        raise HypvizError(f"{filename} holds no text; give a file with at least one non-empty line.")
    return Corpus(name=filename, texts=texts, fingerprint=fingerprint(texts), n_skipped=skipped, field=chosen)


def fingerprint(texts: Iterable[str]) -> str:
    """sha256 over the texts in order."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()


def _text_field(rows: list[Any], filename: str) -> str:
    """The known text field that the rows have; a sentence that lists the fields when there is none."""
    fields = [name for row in rows[:100] if isinstance(row, dict) for name in row]
    for name in TEXT_FIELDS:
        if name in fields:
            return name
    if not rows:
        raise HypvizError(f"{filename} has no rows; choose a file with at least one text.")
    seen = ", ".join(sorted({str(name) for name in fields})) or "no named fields"
    raise HypvizError(f"{filename} has none of the fields {', '.join(TEXT_FIELDS)} (it has {seen}); name the field that holds the text.")
