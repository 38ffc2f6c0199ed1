"""``python -m hypviz.corpora.general.recipe FOLDER [--prose FILE ...]``: make the general word table from real texts.

In: the folder that holds the files of `sources.SOURCES`, and plain-text or Markdown files of one's own. Out: ``words.tsv.gz``,
``sources.json`` and the card ``README.md``, by default into the package itself. Equal texts are taken once. A word is a stretch of
text without white space, with its case, its punctuation and the one space before it; forms with WikiText's mark for a removed word
are left out and counted. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hypviz.corpora.general import SOURCES_FILE, WORDS_FILE, folder
from hypviz.corpora.general.sources import SOURCES, texts_of
from hypviz.errors import HypvizError
from hypviz.store import write_atomically

REMOVED = "<unk>"  # WikiText's mark for a rare word that its makers took out
OWN = {"origin": "this project", "licence": "MIT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The forms with their counts, what each source gave, how many texts came twice and how many words were removed ones."""

    forms: Counter[str]
    sources: list[dict[str, str | int]]
    n_repeated: int
    n_removed: int


def count(streams: Iterable[tuple[dict[str, str], Iterable[str]]]) -> Counted:
    """Count the words of named streams of texts."""
    forms: Counter[str] = Counter()
    sources: list[dict[str, str | int]] = []
    seen: set[str] = set()
    n_repeated = n_removed = 0
    for about, texts in streams:
        n_texts = n_words = 0
        for text in texts:
            if text in seen:
                n_repeated += bool(text)
                continue
            seen.add(text)
            found = [form for form in forms_of(text) if REMOVED not in form]
            n_removed += text.count(REMOVED)
            forms.update(found)
            n_texts += bool(found)
            n_words += len(found)
        sources.append({**about, "texts": n_texts, "words": n_words})
    return Counted(forms=forms, sources=sources, n_repeated=n_repeated, n_removed=n_removed)


def forms_of(text: str) -> Iterator[str]:
    """The words of a text as they stand: the first one bare, the others after one space or after their line break."""
    for i, match in enumerate(re.finditer(r"(\s*)(\S+)", text)):
        before = "" if i == 0 else "\n" if "\n" in match[1] else " "
        yield before + match[2]


def write(counted: Counted, target: Path) -> None:
    """Write the table, what it was made from, and the card."""
    lines = (f"{_escaped(form)}\t{n}" for form, n in sorted(counted.forms.items()))
    write_atomically(target / WORDS_FILE, gzip.compress("\n".join(lines).encode("utf-8"), 9, mtime=0))
    facts = {"sources": counted.sources, "texts repeated": counted.n_repeated, "words removed": counted.n_removed}
    write_atomically(target / SOURCES_FILE, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    write_atomically(target / "README.md", card(counted, (target / WORDS_FILE).stat().st_size))


def card(counted: Counted, size: int) -> str:
    """The README beside the table."""
    n_words = sum(counted.forms.values())
    once = sum(n == 1 for n in counted.forms.values())
    rows = "\n".join(
        f"| {s['name']} | {s['origin']} | {s['licence']} | {s['texts']:,} | {s['words']:,} | {int(s['words']) / n_words:.1%} |"
        for s in counted.sources
    )
    return f"""# The general word table

How often words occur in ordinary English: {n_words:,} words in {len(counted.forms):,} forms, {once:,} of them seen once.
hypviz re-tokenises it with the model at hand wherever it needs counts and nobody has brought a text, except for the bundled model,
which has the problems it was trained on.

| source | by | licence | texts | words | share |
|---|---|---|---|---|---|
{rows}

* **What is in it.** `{WORDS_FILE}` ({size / 1000:.0f} kB): a form, a tab and its count on each line, sorted by form. A form is a stretch of
  text without white space, with its case, digits and punctuation, and the space (or line break, `\\n`) before it; a form without one
  opened a text. A backslash is written twice.
* **What is not.** No order of words, so no text can be read back from it: word counts are facts about the texts. The texts stay under
  the licences above and are not part of hypviz. {counted.n_repeated:,} texts that came twice were taken once, and
  {counted.n_removed:,} words that WikiText replaced by `{REMOVED}` are missing, rare ones mostly.
* **What it is good for.** The order of frequent and fairly frequent tokens of an English vocabulary. It is small: a token that it does not
  hold need not be rare, least of all in code or another language, and sums of money, shopping and school science are over-represented.
  Nothing generated by this project is in it, because those counts would be a grammar's and not the language's.
* **Made by** `python -m hypviz.corpora.general.recipe FOLDER --prose README.md`, with the files named in `sources.py` below FOLDER.

The package `wordfreq` (3.1.1, Apache-2.0, data CC BY-SA 4.0) was the alternative. Its lists are far larger, but they are in lower case,
without punctuation, and long numbers share a bin, so that tokens with capitals, digits and marks could not be counted; it adds 57 MB and
five dependencies, and is no longer kept up to date.
"""


def _escaped(form: str) -> str:
    return form.replace("\\", "\\\\").replace("\n", "\\n")


def _streams(texts: Path, prose: Iterable[Path]) -> Iterator[tuple[dict[str, str], Iterable[str]]]:
    for source in SOURCES:
        yield {"name": source.name, "origin": source.origin, "licence": source.licence}, texts_of(source, texts)
    for file in prose:
        yield {"name": f"hypviz, {file.name}", **OWN}, file.read_text(encoding="utf-8").split("\n\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the recipe; a missing file is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m hypviz.corpora.general.recipe", description="Make the general word table.")
    parser.add_argument("texts", type=Path, metavar="FOLDER", help="holds the files of sources.py")
    parser.add_argument("--prose", type=Path, nargs="*", default=[], metavar="FILE", help="plain text or Markdown of this project")
    parser.add_argument("--out", type=Path, default=folder(), metavar="FOLDER", help="where to write; the package itself unless given")
    given = parser.parse_args(arguments)
    try:
        counted = count(_streams(given.texts, given.prose))
        given.out.mkdir(parents=True, exist_ok=True)
        write(counted, given.out)
    except (OSError, HypvizError) as error:
        print(f"The word table was not made ({error}); give the folder that holds the files named in sources.py.", file=sys.stderr)
        return 1
    print(f"{sum(counted.forms.values()):,} words in {len(counted.forms):,} forms, written to {given.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
