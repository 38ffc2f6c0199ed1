"""Token counts of a model from texts or from the general word table, and which of the two is the default.

In: a model and a source of counts. Out: `TokenCounts`. Counts from a word table depend on the tokenizer alone and are kept under its
fingerprint; texts are counted anew, since the record they end in is kept by its study.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from hypviz.corpora import read_corpus
from hypviz.corpora.general import GENERAL, general_words
from hypviz.errors import HypvizError
from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.records.models import ModelRef, TokenizerRef
from hypviz.records.specs.models import WordTokensSpec
from hypviz.records.texts import Corpus, TokenCounts, WordCounts
from hypviz.store import Store
from hypviz.studies.frame import Sitting, Study
from hypviz.work import NOBODY, Work

CountSource = Corpus | WordCounts
_WEIGHTS = (".safetensors", ".bin", ".gguf", ".pt", ".npy", ".md")


def default_source(ref: ModelRef) -> CountSource:
    """The problems it was trained on for the bundled model, the general word table for every other one."""
    return read_corpus(PROBLEM_SET_NAMES[0]) if ref.kind == "bundled" else general_words()


def named_source(name: str, *, field: str | None = None) -> CountSource:
    """The source called `name`: the general table, a bundled problem set or a file; `HypvizError` for a field where there are none."""
    if name != GENERAL or Path(name).is_file():
        return read_corpus(name, field=field)
    if field is not None:
        raise HypvizError(f"The field {field[:40]!r} has no meaning for {GENERAL}, which is a table of words; leave it out.")
    return general_words()


def source_key(source: CountSource) -> dict[str, Any]:
    """What a store key says of the source."""
    return {"name": source.name, ("texts" if isinstance(source, Corpus) else "words"): source.fingerprint}


def token_counts(ref: ModelRef, source: CountSource, *, store: Store | None = None, work: Work = NOBODY) -> TokenCounts:
    """The counts of every embedding row's token; raises `Stopped` or `HypvizError`."""
    from hypviz.models import count_tokens

    if isinstance(source, Corpus):
        return count_tokens(ref, source, work=work)
    return WORD_TOKENS.get(word_tokens_spec(ref, source), work, store=store).record


def word_tokens_spec(ref: ModelRef, words: WordCounts) -> WordTokensSpec:
    """The question that `token_counts` asks of a table of words."""
    from hypviz.models.live.description import vocabulary_size

    tokenizer = TokenizerRef(model=ref, files=tokenizer_fingerprint(Path(ref.path)), rows=vocabulary_size(ref))
    return WordTokensSpec(tokenizer=tokenizer, words=words)


def tokenizer_fingerprint(folder: Path) -> str:
    """sha256 over the files of a model's folder that can decide how text is cut: all of them but the weights and the card."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.iterdir() if file.is_file() and file.suffix not in _WEIGHTS):
        digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def estimated_seconds(source: CountSource) -> float:
    """A rough guess at counting alone: half a million characters of text a second, ten thousand words of a table."""
    return sum(map(len, source.texts)) / 5e5 if isinstance(source, Corpus) else len(source.forms) / 1e4


def _count_words(spec: WordTokensSpec, sitting: Sitting[TokenCounts]) -> TokenCounts:
    from hypviz.models.tokenizer.word_tokens import count_word_tokens

    return count_word_tokens(spec.tokenizer.model, spec.words, work=sitting.work)


WORD_TOKENS = Study(
    kind="token_counts", record=TokenCounts, algorithm=1, measure=_count_words, libraries=lambda spec: ("tokenizers", "transformers")
)
