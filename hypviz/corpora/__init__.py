"""Texts and problems from a name, a file or an upload; what could not be used is counted, never dropped in silence."""

from hypviz.corpora.columns import Columns
from hypviz.corpora.problems import is_published, problems_from_bytes, read_problems, rows_of
from hypviz.corpora.texts import corpus_from_bytes, read_corpus

__all__ = ["Columns", "corpus_from_bytes", "is_published", "problems_from_bytes", "read_corpus", "read_problems", "rows_of"]
