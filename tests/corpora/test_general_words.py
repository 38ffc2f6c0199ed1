"""The general word table as it ships and as its recipe makes it."""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pytest

from hypviz.corpora.general import SOURCES_FILE, WORDS_FILE, folder, general_words, read_words
from hypviz.corpora.general.recipe import count, forms_of, main, write
from hypviz.corpora.general.sources import SOURCES, rejoined
from hypviz.errors import HypvizError

CHOICE = "Please choose the correct answer to the question: Why?\n\nAnswer1: a b Answer2: c\n\nAnswer format: answer1/answer2"
ABOUT = {"name": "mine", "origin": "here", "licence": "MIT"}


def test_the_table_that_ships_is_english_small_and_adds_up():
    table = general_words()
    facts = json.loads((folder() / SOURCES_FILE).read_text(encoding="utf-8"))
    counted = dict(zip(table.forms, table.counts.tolist(), strict=True))
    assert len(counted) == len(table.forms) and table.counts.min() >= 1
    assert table.n_words == sum(s["words"] for s in facts["sources"]) > 1_000_000
    assert table.n_texts == sum(s["texts"] for s in facts["sources"])
    assert max(counted, key=lambda form: counted[form]) == " the" and counted[" The"] > counted[" Then"] > 100
    assert counted["The"] > 1000 and " 12" in counted and " dog," in counted  # texts open bare; numbers and marks are kept
    assert not any("<unk>" in form or "@-@" in form or not form.strip() for form in table.forms)
    assert (folder() / WORDS_FILE).stat().st_size < 500_000


def test_the_card_states_every_source_with_its_licence_and_no_machine():
    card = (folder() / "README.md").read_text(encoding="utf-8")
    facts = json.loads((folder() / SOURCES_FILE).read_text(encoding="utf-8"))
    for source in facts["sources"]:
        assert f"| {source['name']} | {source['origin']} | {source['licence']} | {source['texts']:,} | {source['words']:,} |" in card
    assert {s.name for s in SOURCES} < {s["name"] for s in facts["sources"]}
    assert f"{general_words().n_words:,} words" in card and "python -m hypviz.corpora.general.recipe" in card
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|mnt|srv)/", card)


def test_words_keep_their_case_marks_and_the_space_before_them():
    assert list(forms_of("The  dog, 12.\n\nIt's")) == ["The", " dog,", " 12.", "\nIt's"]
    assert list(forms_of("")) == []


def test_the_recipe_counts_each_text_once_and_says_what_is_missing(tmp_path):
    counted = count([(ABOUT, ["a dog", "a dog", "a <unk> dog \\n x\ty", ""]), ({**ABOUT, "name": "other"}, ["a dog"])])
    assert dict(counted.forms) == {"a": 2, " dog": 2, " \\n": 1, " x": 1, " y": 1}
    assert [(s["texts"], s["words"]) for s in counted.sources] == [(2, 7), (0, 0)]
    assert (counted.n_repeated, counted.n_removed) == (2, 1)
    write(counted, tmp_path)
    table = read_words(tmp_path)
    assert dict(zip(table.forms, table.counts.tolist(), strict=True)) == dict(counted.forms)
    assert table.sources == ("mine", "other") and table.n_texts == 2 and table.n_words == 7
    first = (tmp_path / WORDS_FILE).read_bytes()
    write(counted, tmp_path)
    assert (tmp_path / WORDS_FILE).read_bytes() == first


def test_the_command_makes_a_table_of_a_folder_or_says_what_is_missing(tmp_path, capsys):
    rows = {
        "gsm8k/train.jsonl": json.dumps({"question": "Tom has 2 dogs.", "answer": "#### 2"}),
        "math_data/math_data.json": json.dumps([{"instruction": "Ann had 3 cats .", "output": "3"}]),
        "mawps/trainset.json": json.dumps([{"original_text": "Bob , has 4 .", "ans": 4}]),
        "aqua/dev.json": json.dumps({"question": "How fast?", "options": ["A)1"]}),
        "wikitext2/valid.txt": ' = Title = \n \n A " quoted word " of 5 @.@ 2 km ( long ) , Tom \'s . \n',
        "wikitext2/test.txt": "",
        **dict.fromkeys(("commonsense/ARC-Easy-train.json", "commonsense/openbookqa-train.json"), "[]"),
        "commonsense/ARC-Challenge-train.json": json.dumps([{"instruction": CHOICE}]),
    }
    assert main([str(tmp_path), "--out", str(tmp_path / "made")]) == 1
    assert "The word table was not made" in capsys.readouterr().err
    for name, content in rows.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "own.md").write_text("Our own\nwords.", encoding="utf-8")
    assert main([str(tmp_path), "--prose", str(tmp_path / "own.md"), "--out", str(tmp_path / "made")]) == 0
    found = set(read_words(tmp_path / "made").forms)
    assert {"Tom", " dogs.", " cats.", "Bob,", "How", "Title", ' "quoted', ' word"', " 5.2", " (long),", " Tom's.", "Why?", " b"} <= found
    assert {"Our", "\nwords."} <= found and not {"Please", " Answer2:", " answer1/answer2"} & found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("He has 3 dogs , 2 cats .", "He has 3 dogs, 2 cats."),
        ("5 @,@ 000 ( about ) well @-@ known", "5,000 (about) well-known"),
        ('She said " no " .', 'She said "no".'),
        ("Tom 's dog does n't", "Tom's dog does n't"),
        ("It costs $ 5 .", "It costs $5."),
        ("nothing to mend: it's 1/2.", "nothing to mend: it's 1/2."),
    ],
)
def test_separated_marks_are_put_back(written, meant):
    assert rejoined(written) == meant


def test_a_damaged_table_is_one_sentence(tmp_path):
    with pytest.raises(HypvizError, match="install hypviz again"):
        read_words(tmp_path)
    (tmp_path / SOURCES_FILE).write_text('{"sources": []}', encoding="utf-8")
    for data in (b"no gzip", gzip.compress(b"a dog"), gzip.compress(b"a\tmany")):
        (tmp_path / WORDS_FILE).write_bytes(data)
        with pytest.raises(HypvizError, match="cannot be read"):
            read_words(tmp_path)


def test_counts_are_whole_numbers_in_the_record():
    assert general_words().counts.dtype == np.int64
