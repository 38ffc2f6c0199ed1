"""A corpus to count tokens over, from a problem-set name, a file or an upload.

A .txt file is one text per non-empty line (line feeds, with or without carriage returns, end lines; nothing else does); .jsonl, .json,
.csv and .tsv give one text a row, from `field` or else from the first of `TEXT_FIELDS` that the rows have, whatever its case. The
fingerprint is the sha256 of the texts. A question that was found by itself comes with what it refers to (`joining`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from hypviz.corpora.decoding import decode, is_whole, notices_of, read_bytes
from hypviz.corpora.joining import AFTER, BEFORE, whole_question
from hypviz.corpora.rows import parse_rows
from hypviz.corpora.table import Rows
from hypviz.corpora.wording import REASONS_SHOWN, in_order, name_columns, quoted
from hypviz.errors import HypvizError
from hypviz.problems import is_problem_set, problem_set
from hypviz.records.texts import Corpus

TEXT_FIELDS = ("question", "instruction", "original_text", "text", "prompt", "sentence")
QUESTIONS = ("question", "instruction", "original_text", "prompt")
NAMED_SIZE = 3000
WITH_FIELDS = (".jsonl", ".json", ".csv", ".tsv")


def read_corpus(name_or_path: str, *, field: str | None = None) -> Corpus:
    """The texts behind a NAME (questions of a bundled set's training split) or of a file."""
    path = Path(name_or_path)
    is_name = is_problem_set(name_or_path) and not path.is_file()
    if field is not None and (is_name or path.suffix.lower() not in WITH_FIELDS):
        what = f"the bundled problem set {name_or_path}" if is_name else f"{path.name}, where every line is a text"
        raise HypvizError(f"The field {quoted(field)!r} has no meaning for {what}; leave it out, or give a file with fields.")
    if is_name:
        texts = tuple(problem.question for problem in problem_set(name_or_path, NAMED_SIZE))
        return Corpus(name=f"{name_or_path} problems", texts=texts, fingerprint=fingerprint(texts), n_skipped=0, field="question")
    return corpus_from_bytes(read_bytes(path), path.name, field=field)


def corpus_from_bytes(data: bytes, filename: str, *, field: str | None = None) -> Corpus:
    """The texts of an uploaded file; its ending decides how it is read."""
    text = decode(data, filename)
    ending = Path(filename).suffix.lower()
    notices, skipped = notices_of(data), []
    chosen: str | None = None
    if ending in WITH_FIELDS:
        table = parse_rows(text, filename, known=TEXT_FIELDS)
        chosen = _text_field(table, filename, field)
        if field is None and chosen.strip().casefold() in QUESTIONS:
            table, joined = _with_context(table, chosen)
            notices += joined
        texts, skipped = _column(table, filename, chosen)
        notices += table.notices
    else:
        texts = tuple(line.strip() for line in re.split(r"\r\n|\n|\r", text) if line.strip())
    if not texts:
        raise HypvizError(f"{filename} holds no text; give a file with at least one non-empty line.")
    return Corpus(
        name=filename,
        texts=texts,
        fingerprint=fingerprint(texts),
        n_skipped=len(skipped),
        field=chosen,
        skipped=tuple(skipped[:REASONS_SHOWN]),
        notices=notices,
    )


def fingerprint(texts: Iterable[str]) -> str:
    """sha256 over the texts in order."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()


def _with_context(table: Rows, chosen: str) -> tuple[Rows, tuple[str, ...]]:
    """The rows with what each question refers to joined to it, as problems are read, and the sentence that says so."""
    rows, with_it = [], 0
    for row in table.rows:
        whole = None
        if isinstance(row, dict) and isinstance(row.get(chosen), str) and row[chosen].strip():
            whole = whole_question({str(name).strip().casefold(): value for name, value in row.items()}, chosen.strip().casefold())
        if whole is not None and whole != row[chosen].strip():
            with_it += 1
            row = {**row, chosen: whole}
        rows.append(row)
    there = [name for name in table.columns if name.strip().casefold() in (*BEFORE, *AFTER)]
    said = f"{with_it:,} of {len(rows):,} texts are “{quoted(chosen)}” together with {name_columns(there)}."
    return dataclasses.replace(table, rows=tuple(rows)), (said,) if with_it else ()


def _column(table: Rows, filename: str, chosen: str) -> tuple[tuple[str, ...], list[str]]:
    """The texts of one column, and for every row without one the reason."""
    values = [row.get(chosen) if isinstance(row, dict) else None for row in table.rows]
    if table.rows and not any(isinstance(value, str) for value in values):
        raise HypvizError(
            f"No row of {filename} has text in the field {chosen!r} (it has {name_columns(table.columns)}); name another field."
        )
    texts, unread = [], list(table.broken)
    for place, value in zip(table.places, values, strict=True):
        if not isinstance(value, str) or not value.strip():
            unread.append((place, f"has no text in “{quoted(chosen)}”"))
        elif not is_whole(value):
            unread.append((place, "holds half of a surrogate pair, which is no character"))
        else:
            texts.append(value.strip())
    skipped = in_order(unread)
    if not texts and skipped:
        raise HypvizError(f"{filename} holds no text that can be read: {'; '.join(skipped[:REASONS_SHOWN])}.")
    return tuple(texts), skipped


def _text_field(table: Rows, filename: str, wanted: str | None) -> str:
    """The wanted or the known text field as the file spells it; a sentence that lists the fields when there is none."""
    spelt = {name.strip().casefold(): name for name in reversed(table.columns)}
    if wanted is not None:
        return wanted if wanted in table.columns else spelt.get(wanted.strip().casefold(), wanted)
    for name in TEXT_FIELDS:
        if name in spelt:
            return spelt[name]
    if not table.rows and not table.broken:
        raise HypvizError(f"{filename} has no rows; choose a file with at least one text.")
    raise HypvizError(
        f"{filename} has none of the fields {', '.join(TEXT_FIELDS)} (it has {name_columns(table.columns)}); "
        "name the field that holds the text."
    )
