"""The probe that ranks tokens never counted: what it predicts of the same text and of a text of another kind, at several penalties.

Counts are from one kind of text, the unseen text is of another: WikiText's prose, all other sources of the general word table (school
problems and questions), that table as it ships, and manuals, which are the descriptions of the Python packages installed here. Every
number is a rank correlation with counts that the probe has not seen, beside that of the token's number alone.
``python benchmarks/rank_probe.py MODEL --texts FOLDER``, where FOLDER holds the files of ``hypviz/corpora/general/sources.py``; output is
Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypviz.corpora.general import general_words
from hypviz.corpora.general.recipe import count, forms_of
from hypviz.corpora.general.sources import SOURCES, Source, texts_of
from hypviz.frequency import fit_rank_probe
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.models.tokenizer.word_tokens import count_word_tokens
from hypviz.records.models import ModelRef
from hypviz.records.texts import WordCounts
from hypviz.statistics import spearman

PENALTIES = (0.001, 0.1, 1.0, 3.0, 10.0, 100.0)


def words_of(sources: list[Source], folder: Path, name: str) -> WordCounts:
    """The words of some sources as one table."""
    found = count(({"name": each.name}, texts_of(each, folder)) for each in sources).forms
    counts = np.array(list(found.values()), dtype=np.int64)
    return WordCounts(name=name, forms=tuple(found), counts=counts, sources=(name,), n_texts=1, fingerprint=name)


def manuals() -> WordCounts:
    """The words of the descriptions of the installed packages, each taken once."""
    texts = sorted({description for each in distributions() if (description := str(each.metadata.get_payload()))})
    found = Counter(form for text in texts for form in forms_of(text))
    counts = np.array(list(found.values()), dtype=np.int64)
    return WordCounts(name="manuals", forms=tuple(found), counts=counts, sources=("manuals",), n_texts=len(texts), fingerprint="manuals")


def lines(ref: ModelRef, counts: np.ndarray, other: np.ndarray) -> list[str]:
    """A line a penalty: across folds, with the other half on tokens that one half lacks, and with `other` on tokens never counted."""
    table, values = read_token_table(ref), read_embeddings(ref).values
    tokens = np.flatnonzero(table.has_token)
    never = counts[tokens] == 0
    printed: list[str] = []
    for penalty in PENALTIES:
        start = time.process_time()
        countable = ~table.is_special[tokens]
        probe = fit_rank_probe(values, counts, tokens=tokens, countable=countable, seed=0, penalties=(penalty,))
        seconds = time.process_time() - start
        if probe is None:
            sys.exit(f"Too few tokens of {ref.label} were counted for a probe.")
        found = probe.findings
        if not printed:
            number = (found.id_spearman, found.held_out_id_spearman, spearman(-tokens[never], other[tokens[never]]))
            printed.append(f"| token's number alone | {' | '.join(cell(value) for value in number)} | |")
        row = (found.spearman, found.held_out_spearman, spearman(probe.score[never], other[tokens[never]]))
        printed.append(f"| penalty {penalty:g} | {' | '.join(cell(value) for value in row)} | {seconds:.1f} |")
    return printed


def cell(value: float | None) -> str:
    """Two decimals, a dash for what does not exist."""
    return "-" if value is None else f"{value:.2f}"


def main() -> None:
    """Print a table a kind of text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--texts", type=Path, required=True)
    options = parser.parse_args()
    ref = resolve(options.model)
    prose = [each for each in SOURCES if each.name.startswith("WikiText")]
    school = [each for each in SOURCES if each not in prose]
    kinds = {"prose": words_of(prose, options.texts, "prose"), "school": words_of(school, options.texts, "school")}
    kinds |= {"the general table": general_words(), "manuals": manuals()}
    counts = {name: count_word_tokens(ref, words).counts for name, words in kinds.items()}
    for one, other in (("school", "prose"), ("prose", "school"), ("the general table", "manuals")):
        n = int((counts[one] > 0).sum())
        print(f"\nCounts from {one}, {n:,} of {len(counts[one]):,} tokens; unseen text of another kind: {other}\n")
        print("| | all, across folds | not in one half, with the other | never counted, with the other kind | CPU s |")
        print("|---|---|---|---|---|")
        print("\n".join(lines(ref, counts[one], counts[other])))


if __name__ == "__main__":
    main()
