"""Taxonomies and the depth of their words: the bundled one, or an edge list.

In: text with one ``parent,child`` or ``parent<TAB>child`` a line. Out: a `Taxonomy`, words with their depth (edges from the
nearest root, roots 0), and the tokens that spell them in a vocabulary. Words that differ in case only are one word, written as
first seen. Opens no files and says nothing about embeddings.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Integer

from hypviz.errors import HypvizError
from hypviz.problems.taxonomy import SORTS, TAXONOMY, category_by_word, noun_by_word, plural

BUNDLED = "bundled taxonomy"
FEWEST_EDGES = 3
_HEADER = ("parent", "child")
_NAMED = 8  # words of a cycle that a message spells out
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Distinct `words` and their `depth`; a word with several parents has the depth of its shortest way to a root."""

    name: str
    words: tuple[str, ...]
    depth: Int64[np.ndarray, " n_words"]
    n_edges: int
    n_several_parents: int

    @property
    def identity(self) -> dict[str, str]:
        """What a spec says of a taxonomy: its name and its words with their depths, whatever else the edge list was written with."""
        content = [list(self.words), self.depth.tolist(), self.n_edges, self.n_several_parents]
        return {"name": self.name, "words": hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTokens:
    """Words that are one token: the rows of the taxonomy, the `token_id` of each, and how many words are no single token."""

    row: Int64[np.ndarray, " n_found"]
    token_id: Int64[np.ndarray, " n_found"]
    n_not_single: int


def parse_edges(text: str, name: str) -> tuple[Edge, ...]:
    """The distinct (parent, child) pairs of `text`, called `name` in messages.

    Lines that are empty or start with # are skipped, and a first line ``parent,child`` is a header. Raises `HypvizError` for
    a line without exactly two fields and for fewer than `FEWEST_EDGES` pairs.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    pairs = [
        _fields(line, number, name) for number, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if pairs and (pairs[0][0].casefold(), pairs[0][1].casefold()) == _HEADER:
        pairs = pairs[1:]
    if not pairs:
        raise HypvizError(f"{name} holds no edges; write one parent,child a line, such as animal,dog.")
    written: dict[str, str] = {}
    for word in (word for pair in pairs for word in pair):
        written.setdefault(word.casefold(), word)
    edges = tuple(dict.fromkeys((written[parent.casefold()], written[child.casefold()]) for parent, child in pairs))
    if len(edges) < FEWEST_EDGES:
        raise HypvizError(f"{name} holds {len(edges)} edges, but a hierarchy needs at least {FEWEST_EDGES}; add more lines parent,child.")
    return edges


def taxonomy_from_edges(edges: Sequence[Edge], name: str) -> Taxonomy:
    """Depths by breadth-first search from the words without a parent; raises `HypvizError` that names a cycle."""
    children, parents = defaultdict(list), defaultdict(list)
    for parent, child in edges:
        children[parent].append(child)
        parents[child].append(parent)
    words = tuple(dict.fromkeys(word for edge in edges for word in edge))
    _refuse_cycles(words, children, parents, name)
    depth = {word: 0 for word in words if word not in parents}
    waiting = deque(depth)
    while waiting:
        word = waiting.popleft()
        for child in children.get(word, ()):
            if child not in depth:
                depth[child] = depth[word] + 1
                waiting.append(child)
    return Taxonomy(
        name=name,
        words=words,
        depth=np.array([depth[word] for word in words], dtype=np.int64),
        n_edges=len(edges),
        n_several_parents=sum(len(of) > 1 for of in parents.values()),
    )


def bundled_taxonomy() -> Taxonomy:
    """Categories (depth 0), kinds, members and sorts (depth 3) of the nested problems, each in singular and plural."""
    edges: list[Edge] = []
    for category, kinds in TAXONOMY.items():
        for kind, members in kinds.items():
            edges.append((category, kind))
            edges += [(kind, member) for member in members]
    edges += [(member, sort) for member, sorts in SORTS.items() for sort in sorts]
    nouns = taxonomy_from_edges(edges, "the bundled taxonomy")
    depth: dict[str, int] = {}
    for noun, level in zip(nouns.words, nouns.depth.tolist(), strict=True):
        for word in (noun, plural(noun)):
            depth[word] = min(level, depth.get(word, level))
    return Taxonomy(
        name=BUNDLED,
        words=tuple(depth),
        depth=np.array(list(depth.values()), dtype=np.int64),
        n_edges=nouns.n_edges,
        n_several_parents=nouns.n_several_parents,
    )


def spelled_by_one_token(
    taxonomy: Taxonomy, text: Sequence[str], usable: Bool[np.ndarray, " n"], count: Integer[np.ndarray, " n"]
) -> WordTokens:
    """For each word its most frequent token among those that spell it bare or after a space, with a small or a capital first letter.

    `text`, `usable` (n,) and `count` (n,) describe the vocabulary; `usable` excludes special tokens. Of equally frequent
    tokens the one after a space is taken, then the small letter. No token is taken for two words.
    """
    ids: dict[str, int] = {}
    for i in np.flatnonzero(usable).tolist():
        if text[i] not in ids or count[i] > count[ids[text[i]]]:
            ids[text[i]] = i
    row, token_id = [], []
    for i, word in enumerate(taxonomy.words):
        found = [ids[form] for form in _forms(word) if form in ids]
        if found:
            row.append(i)
            token_id.append(max(found, key=lambda token: int(count[token])))  # the first of equals
    return WordTokens(
        row=np.array(row, dtype=np.int64), token_id=np.array(token_id, dtype=np.int64), n_not_single=len(taxonomy.words) - len(row)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTokens:
    """Tokens that spell a word of a known family: their `row`, the number of their `family`, and that of their `word`, each (m,).

    Spellings and numbers of one noun (dog, Dog, dogs) are one word.
    """

    row: Int64[np.ndarray, " m"]
    family: Int64[np.ndarray, " m"]
    word: Int64[np.ndarray, " m"]


def family_tokens(text: Sequence[str], usable: Bool[np.ndarray, " n"]) -> FamilyTokens:
    """Those of the tokens `text` (n,) that are a noun of the bundled taxonomy, alone but for white space; families are its categories.

    `usable` (n,) excludes special tokens.
    """
    category, noun = category_by_word(), noun_by_word()
    families = {name: number for number, name in enumerate(TAXONOMY)}
    words = {name: number for number, name in enumerate(dict.fromkeys(noun.values()))}
    spelt = [(row, word) for row in np.flatnonzero(usable).tolist() if (word := text[row].strip().casefold()) in category]
    return FamilyTokens(
        row=np.array([row for row, _ in spelt], dtype=np.int64),
        family=np.array([families[category[word]] for _, word in spelt], dtype=np.int64),
        word=np.array([words[noun[word]] for _, word in spelt], dtype=np.int64),
    )


def _forms(word: str) -> list[str]:
    """The spellings of a word in the order of preference; those that are another word without regard to case are left out."""
    cases = dict.fromkeys((word[:1].lower() + word[1:], word, word[:1].upper() + word[1:]))
    same = [form for form in cases if form.casefold() == word.casefold()]
    return [" " + form for form in same] + same


def _fields(line: str, number: int, name: str) -> Edge:
    """The two fields of a line: tab-separated where it has a tab, else comma-separated with the quotes of CSV."""
    try:
        fields = line.split("\t") if "\t" in line else next(csv.reader([line], strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise HypvizError(f"Line {number} of {name} cannot be read ({error}); write parent,child.") from error
    fields = [" ".join(field.split()) for field in fields]
    if len(fields) != 2 or not all(fields):
        filled = sum(bool(field) for field in fields)
        raise HypvizError(f"Line {number} of {name} has {filled} filled fields of {len(fields)}, not two; write parent,child.")
    return fields[0], fields[1]


def _refuse_cycles(words: Sequence[str], children: dict[str, list[str]], parents: dict[str, list[str]], name: str) -> None:
    """Take away words whose parents are all gone until none is left (Kahn 1962); what stays lies on a cycle or below one."""
    missing = {word: len(parents.get(word, ())) for word in words}
    ready = [word for word in words if not missing[word]]
    while ready:
        for child in children.get(ready.pop(), ()):
            missing[child] -= 1
            if not missing[child]:
                ready.append(child)
    word = next((word for word in words if missing[word]), None)
    if word is None:
        return
    way: dict[str, None] = {}
    while word not in way:  # upwards, where every word that stayed has a parent that stayed
        way[word] = None
        word = next(parent for parent in parents[word] if missing[parent])
    passed = list(way)
    cycle = [word, *reversed(passed[passed.index(word) :])]
    shown = cycle if len(cycle) <= _NAMED + 1 else [*cycle[:_NAMED], f"({len(cycle) - _NAMED - 1} more)", word]
    raise HypvizError(f"{name} runs in a circle: {' → '.join(shown)}; remove one of these edges, so that every word has a depth.")
