"""Edge lists and depths judged by hand and by brute force; the study on the bundled model and on rows with a known answer."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from hypviz.corpora import corpus_from_bytes, read_corpus
from hypviz.errors import HypvizError, Stopped
from hypviz.models import count_tokens, read_embeddings, read_token_table, resolve
from hypviz.problems.taxonomy import SORTS, TAXONOMY, plural
from hypviz.records.hierarchy import HierarchyTest
from hypviz.store import Store
from hypviz.studies.hierarchy import HIERARCHY, hierarchy_spec
from hypviz.vocabulary.taxonomies import bundled_taxonomy, parse_edges, spelled_by_one_token, taxonomy_from_edges
from tests.statistics.test_partial_rank import by_least_squares
from tests.watching import Watcher

PROBLEMS = read_corpus("bundled")


def depths(text: str) -> dict[str, int]:
    taxonomy = taxonomy_from_edges(parse_edges(text, "list"), "list")
    return dict(zip(taxonomy.words, taxonomy.depth.tolist(), strict=True))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", "\t", " , "])
def test_both_separators_headers_comments_and_line_ends_give_the_same_depths(separator, end):
    lines = ["\ufeff# animals", "Parent,Child", "", "animal,dog", "animal,cat", "  # below dogs", "dog,beagle", "dog,beagle"]
    text = end.join(line if "#" in line else line.replace(",", separator) for line in lines)
    assert depths(text) == {"animal": 0, "dog": 1, "cat": 1, "beagle": 2}


def test_quotes_spaces_and_case_belong_to_the_line_and_not_to_the_word():
    text = 'animal,"farm  animal"\nAnimal,dog\nDOG,"a, b"\nfarm animal,dog\n'
    assert parse_edges(text, "list") == (("animal", "farm animal"), ("animal", "dog"), ("dog", "a, b"), ("farm animal", "dog"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no edges"),
        ("# nothing\n\nparent,child\n", "holds no edges"),
        ("a,b\nb,c\na,b\n", "holds 2 edges"),
        ("a,b\n# note\nb\nc,d\n", "Line 3 of list.csv has 1 filled fields of 1"),
        ("a,b\nb,c,d\n", "Line 2 of list.csv has 3 filled fields of 3"),
        ("a,b\nb,\n", "Line 2 of list.csv has 1 filled fields of 2"),
        ("a\tb\nb\t\n", "Line 2 of list.csv has 1 filled fields of 2"),
        ('a,b\n"b,c\n', "Line 2 of list.csv cannot be read"),
    ],
)
def test_a_list_that_cannot_be_read_is_one_sentence_with_its_line(text, said):
    with pytest.raises(HypvizError, match=re.escape(said)):
        parse_edges(text, "list.csv")


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        ("a,b\nb,c\nc,d\nd,b\nd,e", "b → c → d → b"),
        ("a,b\nb,c\nc,c\nc,d", "c → c"),
        ("a,b\nc,B\nb,A\nb,d", "a → b → a"),
        ("\n".join(f"n{i},n{(i + 1) % 50}" for i in range(50)), "(42 more)"),
    ],
)
def test_a_cycle_is_named(text, cycle):
    with pytest.raises(HypvizError, match="runs in a circle") as refused:
        depths(text)
    path = re.search(r"circle: (.*);", str(refused.value)).group(1)
    if "more" in cycle:
        assert cycle in path
    else:
        assert sorted(set(path.split(" → "))) == sorted(set(cycle.split(" → ")))
        edges = {tuple(line.casefold().split(",")) for line in text.split("\n")}
        steps = path.split(" → ")
        assert steps[0] == steps[-1] and all(step in edges for step in pairwise(steps))


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda e: e[0] != e[1]), min_size=3, max_size=40, unique=True))
@settings(max_examples=150, deadline=None)
def test_depth_is_the_shortest_way_to_a_root_and_shared_children_are_counted(pairs):
    edges = list(dict.fromkeys((f"w{min(pair)}", f"w{max(pair)}") for pair in pairs))  # from the smaller number: no cycles
    above = {child: [p for p, c in edges if c == child] for _, child in edges}

    @cache
    def shortest(word: str) -> int:
        return 1 + min(map(shortest, above[word])) if word in above else 0

    found = taxonomy_from_edges(edges, "list")
    assert dict(zip(found.words, found.depth.tolist(), strict=True)) == {word: shortest(word) for edge in edges for word in edge}
    assert found.n_several_parents == sum(len(parents) > 1 for parents in above.values())
    assert found.n_edges == len(edges)


def test_a_long_chain_is_no_recursion():
    text = "\n".join(f"n{i},n{i + 1}" for i in range(20_000))
    assert max(depths(text).values()) == 20_000


def test_the_bundled_taxonomy_has_four_depths_and_both_numbers():
    found = bundled_taxonomy()
    depth = dict(zip(found.words, found.depth.tolist(), strict=True))
    for category, kinds in TAXONOMY.items():
        assert depth[category] == depth[plural(category)] == 0
        for kind, members in kinds.items():
            assert depth[kind] == depth[plural(kind)] == 1
            assert all(depth[form] == 2 for member in members for form in (member, plural(member)))
    assert all(depth[form] == 3 for sorts in SORTS.values() for sort in sorts for form in (sort, plural(sort)))
    assert set(depth.values()) == {0, 1, 2, 3}


def test_a_word_is_its_most_frequent_token_and_no_token_is_two_words():
    taxonomy = taxonomy_from_edges(parse_edges("Animal,dog\ndog,Dogge\ndog,us\ndog,DOG food", "list"), "list")
    text = (" dog", "dog", " Dog", " dog", "dogge", " US", "Animal", " animal", " food")
    count = np.array([3, 4, 9, 5, 0, 7, 2, 2, 1])
    usable = np.array([True] * 9)
    found = spelled_by_one_token(taxonomy, text, usable, count)
    taken = {taxonomy.words[row]: text[token] for row, token in zip(found.row, found.token_id, strict=True)}
    assert taken == {"Animal": " animal", "dog": " Dog", "Dogge": "dogge"}  # " US" is another spelling than us or Us
    assert found.n_not_single == 2
    usable[2] = False
    again = spelled_by_one_token(taxonomy, text, usable, count)
    assert again.token_id[list(again.row).index(taxonomy.words.index("dog"))] == 3  # the more frequent of two tokens of one text


def test_every_row_of_the_record_is_the_models_own():
    ref = resolve("bundled")
    record = HIERARCHY.get(hierarchy_spec(ref, PROBLEMS)).record
    table, rows, counts = read_token_table(ref), read_embeddings(ref).values, count_tokens(ref, PROBLEMS).counts
    taxonomy = bundled_taxonomy()
    depth = dict(zip(taxonomy.words, taxonomy.depth.tolist(), strict=True))
    forms = {form for w in taxonomy.words for c in (w, w[:1].upper() + w[1:]) for form in (c, " " + c)}
    known = {t for t, special in zip(table.text, table.is_special, strict=True) if not special and t in forms}
    assert set(record.word) == {t.strip().lower() for t in known}
    assert record.n_words == len(set(record.word)) == len(record.word) and record.n_words + record.n_not_single == len(taxonomy.words)
    for i, word in enumerate(record.word):
        token = record.token_id[i]
        assert table.text[token] == record.text[i] and record.text[i].strip().lower() == word
        assert record.norm[i] == pytest.approx(np.linalg.norm(rows[token]), rel=1e-6)
        others = [counts[table.text.index(t)] for t in known if t.strip().lower() == word]
        assert record.count[i] == counts[token] == max(others)
        assert (record.depth[i], record.length[i]) == (depth[word], len(word))
    assert record.n_uncounted == (record.count == 0).sum()
    assert dict(zip(record.depth_value, record.n_at_depth, strict=True)) == Counter(record.depth.tolist())


def test_the_correlations_are_those_of_least_squares_on_ranks():
    record = HIERARCHY.get(hierarchy_spec(resolve("bundled"), PROBLEMS)).record
    there = record.count > 0
    assert 12 < there.sum() < record.n_words
    held = np.column_stack([np.log(np.maximum(record.count, 1)), record.length])
    expected = {
        "marginal": (slice(None), []),
        "length_fixed": (slice(None), [1]),
        "counted_marginal": (there, []),
        "frequency_fixed": (there, [0]),
        "partial": (there, [0, 1]),
        "uncounted": (~there, [1]),
    }
    for name, (words, columns) in expected.items():
        found = getattr(record, name)
        value = by_least_squares(record.depth[words], record.norm[words], held[words][:, columns])
        assert found.value == pytest.approx(value, abs=1e-9), name
        assert len(found.held) == len(columns) and found.n == record.depth[words].size


@pytest.fixture(scope="module")
def edges() -> str:
    """A hundred words of the bundled vocabulary in five depths: the frequent ones near the roots, with some disorder."""
    ref = resolve("bundled")
    table, counts = read_token_table(ref), count_tokens(ref, PROBLEMS).counts
    there = [i for i, t in enumerate(table.text) if t[:1] == " " and t[1:].isalpha() and t.islower() and counts[i] > 0][:100]
    log = np.log(counts[there])
    order = np.argsort(-log / log.std() + np.random.default_rng(0).normal(size=100))
    words = [table.text[there[i]][1:] for i in order]
    levels = [words[start : start + 20] for start in range(0, 100, 20)]
    return "\n".join(f"{p},{c}" for above, below in pairwise(levels) for p, c in zip(above, below, strict=True))


def with_norms(folder: Path, edges: str, norm_of: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> HierarchyTest:
    """The record of a copy of the bundled model whose rows of the words of `edges` have the norm `norm_of(depth, count)`."""
    ref = resolve("bundled")
    shutil.copytree(ref.path, folder)
    tensors = load_file(folder / "model.safetensors")
    before = HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges=edges, edges_name="five levels")).record
    rows = tensors[before.tensor_name].float()
    wanted = torch.from_numpy(norm_of(before.depth, before.count) / before.norm)
    rows[before.token_id.tolist()] *= wanted[:, None].float()
    tensors[before.tensor_name] = rows
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return HIERARCHY.get(hierarchy_spec(resolve(str(folder)), PROBLEMS, edges=edges, edges_name="five levels")).record


def test_norms_that_follow_depth_are_found_and_those_that_follow_frequency_alone_are_not(tmp_path, edges):
    noise = np.random.default_rng(1).normal(size=100)
    deep = with_norms(tmp_path / "deep", edges, lambda depth, count: 10 + depth + 0.5 * noise)
    assert deep.n_words == 100 and deep.depth_value.tolist() == [0, 1, 2, 3, 4]
    assert deep.partial.value > 0.8 and deep.partial.p == pytest.approx(1 / 2001)
    frequent = with_norms(tmp_path / "frequent", edges, lambda depth, count: 10 - np.log(count) + 0.5 * noise)
    assert frequent.marginal.value > 0.4 and frequent.marginal.p < 0.01  # as the paper has it: rare, deep, large
    assert abs(frequent.partial.value) < frequent.partial.chance and frequent.partial.p > 0.05


def test_the_store_keeps_the_record_and_the_edges_are_part_of_the_question(edges, tmp_path):
    ref = resolve("bundled")
    first = HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges=edges, edges_name="mine.csv"))
    assert not first.from_store
    assert HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges="# a comment\n" + edges, edges_name="mine.csv")).from_store
    assert not HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges="\n".join(edges.split("\n")[1:]), edges_name="mine.csv")).from_store
    assert not HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges=edges, edges_name="mine.csv", seed=1)).from_store
    assert not HIERARCHY.get(hierarchy_spec(ref, PROBLEMS)).from_store
    assert not HIERARCHY.get(hierarchy_spec(ref, PROBLEMS), store=Store(tmp_path)).from_store
    assert HIERARCHY.get(hierarchy_spec(ref, PROBLEMS), store=Store(tmp_path)).from_store
    again = HierarchyTest.from_json(first.record.to_json())
    assert again.partial == first.record.partial and again.word == first.record.word


def test_what_cannot_be_tested_is_one_sentence_that_says_what_to_do(edges):
    ref = resolve("bundled")
    with pytest.raises(HypvizError, match=r"Only 3 words of few.csv .* needs 12; upload a longer edge list, of words"):
        HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges="animal,dog\nanimal,cat\nanimal,qwertyuiop", edges_name="few.csv"))
    flat = "\n".join(f"no word {i},{line.split(',')[1]}" for i, line in enumerate(edges.split("\n")))
    with pytest.raises(HypvizError, match=r"flat.csv .* lie at depth 1, .* upload a longer edge list"):
        HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges=flat, edges_name="flat.csv"))
    with pytest.raises(HypvizError, match=r"short\.csv holds 1 edges"):
        HIERARCHY.get(hierarchy_spec(ref, PROBLEMS, edges="a,b", edges_name="short.csv"))
    with pytest.raises(Stopped):
        HIERARCHY.get(hierarchy_spec(ref, PROBLEMS), Watcher(stop_at=1))


def test_frequency_is_held_fixed_over_no_word_that_was_not_counted_and_progress_ends():
    watcher = Watcher()
    corpus = corpus_from_bytes(b"He has dogs and cats and dogs.", "two.txt")
    record = HIERARCHY.get(hierarchy_spec(resolve("bundled"), corpus), watcher).record
    assert record.partial is record.frequency_fixed is record.counted_marginal is None
    assert record.n_uncounted == record.n_words - 2 == record.uncounted.n and record.marginal.n == record.n_words
    assert watcher.shares == sorted(watcher.shares) and watcher.shares[-1] == pytest.approx(1.0)
    assert watcher.reports[0][2] == "counting tokens" and watcher.reports[-1][2] == "permuting words"
