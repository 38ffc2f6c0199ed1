"""Texts that pages and commands read: a person's file, a problem set's questions, the general word table."""

from hypviz.corpora import corpus_from_bytes, read_corpus
from hypviz.corpora.decoding import decode
from hypviz.corpora.general import GENERAL, general_words

__all__ = ["GENERAL", "corpus_from_bytes", "decode", "general_words", "read_corpus"]
