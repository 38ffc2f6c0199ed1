"""What people bring: answers read exactly or refused by row, and files of other kinds, shapes, separators and encodings."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest

from hypviz.corpora import corpus_from_bytes, problems_from_bytes, read_corpus, read_problems
from hypviz.errors import HypvizError
from hypviz.problems import extract_answer, is_right, write_number

ASKED = "Tom has 12 apples and buys 30 more. How many?"


def of(rows: str, name: str = "a.jsonl") -> tuple[tuple[str, Fraction, str], ...]:
    """Question, answer and solution of every problem."""
    return tuple((p.question, p.answer, p.solution) for p in problems_from_bytes(rows.encode(), name).problems)


def refusal(data: bytes | str, name: str) -> str:
    """The one sentence of a file without a problem."""
    with pytest.raises(HypvizError) as caught:
        problems_from_bytes(data.encode() if isinstance(data, str) else data, name)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize(
    ("literal", "digits"),
    [
        ("1e-05", "0.00001"), ("1e16", "10000000000000000"), ("123456789012345678", "123456789012345678"), ("13451.36", "13451.36"),
        ("0.1234567", "0.1234567"), ("1236666.67", "1236666.67"), ("-4.50", "-4.5"), ("42.0", "42"), ("2.5E+2", "250"), ("0", "0"),
        ('"1/2"', "0.5"), ('"1/3"', "1/3"), ('"\\u22125"', "-5"), ('"-$4.50"', "-4.5"), ('"9{,}500"', "9500"), ('"1.5e3"', "1500"),
    ],
)  # fmt: skip
def test_a_json_answer_is_its_digits(literal: str, digits: str) -> None:
    ((_, answer, solution),) = of(f'{{"question": "{ASKED}", "answer": {literal}}}')
    assert write_number(answer) == digits and solution == f"The answer is {digits}."
    if "/" not in digits:
        assert extract_answer(solution) == answer and is_right(extract_answer(solution), answer)


@pytest.mark.parametrize("literal", ["9" * 400, "9" * 5000, "1e400", "NaN", "Infinity", "true", "[4, 2]", "{}", '"12,5"', '"3-4"', "null"])
def test_answers_that_are_no_number_are_refused_with_row_cell_and_reason(literal: str) -> None:
    good = json.dumps({"question": ASKED, "answer": "42"})
    found = problems_from_bytes(f'{good}\n{{"question": "q", "answer": {literal}}}'.encode(), "a.jsonl")
    assert len(found.problems) == found.n_skipped == 1 and found.skipped[0].startswith("line 2")
    assert literal == "null" or ("the answer" in found.skipped[0] and len(found.skipped[0]) < 160)


def test_the_first_three_reasons_are_kept_and_all_are_counted() -> None:
    rows = [json.dumps({"question": ASKED, "answer": answer}) for answer in ("42", "1,5", "3 or 4", "", "n/a", "10:30")]
    found = problems_from_bytes("\n".join(rows).encode(), "a.jsonl")
    assert found.n_skipped == 5 and len(found.skipped) == 3
    assert "line 2, the answer “1,5” may be a decimal comma" in found.skipped[0] and "“3 or 4” holds 2 numbers" in found.skipped[1]


def test_a_single_comma_is_doubted_where_other_answers_have_decimal_commas() -> None:
    def answers(*cells: str) -> list[str | None]:
        data = "question;answer\n" + "".join(f"q{i};{cell}\n" for i, cell in enumerate(cells))
        return [p.given for p in problems_from_bytes(data.encode(), "a.csv").problems]

    assert answers("1,234", "7") == ["1,234", "7"]
    assert answers("1,234", "7", "2,5") == ["7"]
    assert answers("1.234", "7") == ["1.234", "7"] and answers("1.234", "1.234,50") == ["1.234,50"]
    rows = [{"question": "q", "answer": 1.234}, {"question": "q", "answer": "2,5"}]
    assert [p.given for p in problems_from_bytes(json.dumps(rows).encode(), "a.json").problems] == ["1.234"]


def test_the_cell_stands_beside_its_number() -> None:
    rows = [{"question": "q", "answer": "3 + 4 = 7\n#### $1,250.00"}, {"question": "q", "answer": 2.50}]
    found = problems_from_bytes("\n".join(json.dumps(row) for row in rows).encode(), "a.jsonl").problems
    assert [(p.given, write_number(p.answer)) for p in found] == [("#### $1,250.00", "1250"), ("2.5", "2.5")]


def test_worked_text_keeps_one_closing_sentence_and_lost_texts_are_counted() -> None:
    rows = [
        {"instruction": "a", "output": "4 + 4 = 8. The answer is 8.0.", "answer": "8"},
        {"query": "b", "response": "4 + 4 = 8\n#### 8\nThe answer is: 8"},
        {"problem": "c", "solution": "Half: $\\boxed{\\frac{1}{2}}$"},
        {"prompt": "d", "completion": "The answer is 1/3."},
        {"question": "e", "output": "It is 9.", "answer": "8"},
        {"question": "f", "answer": "4 + 4 = <<4+4=8>>8 in 2 boxes\n#### 8"},
    ]
    found = problems_from_bytes(json.dumps(rows).encode(), "a.json")
    assert [p.solution for p in found.problems] == [
        "4 + 4 = 8. The answer is 8.",
        "4 + 4 = 8 The answer is 8.",
        "Half: $\\boxed{\\frac{1}{2}}$ The answer is 0.5.",
        "The answer is 1/3.",
        "The answer is 8.",
        "4 + 4 = 8 in 2 boxes The answer is 8.",
    ]
    assert found.notices == ("1 worked text ends in another number than the answer and is left out.",)


@pytest.mark.parametrize(
    ("row", "question"),
    [
        ({"instruction": "Add the two numbers.", "input": "12 and 30", "output": "42"}, "Add the two numbers.\n12 and 30"),
        ({"instruction": "Add 12 and 30.", "input": "", "output": "42"}, "Add 12 and 30."),
        ({"Body": "Tom has 12 and buys 30.", "Question": "How many?", "Answer": 42.0}, "Tom has 12 and buys 30. How many?"),
        ({"context": "Tom has 12 and buys 30.", "question": "How many?", "answer": 42}, "Tom has 12 and buys 30. How many?"),
    ],
)
def test_what_a_question_refers_to_is_joined_to_it(row: dict[str, object], question: str) -> None:
    ((asked, answer, _),) = of(json.dumps([row]), "a.json")
    assert (asked, answer) == (question, 42)


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c"])
def test_json_lines_and_plain_lines_end_at_line_feeds_only(sign: str) -> None:
    text = f"Tom has 12.{sign}He buys 30."
    row = json.dumps({"question": text, "answer": "42"}, ensure_ascii=False)
    assert [question for question, _, _ in of(f"{row}\r\n{row}\n")] == [text, text]
    assert corpus_from_bytes(f"{text}\nmore".encode(), "a.txt").texts == (text, "more")


@pytest.mark.parametrize(
    ("name", "text", "notice"),
    [
        ("a.csv", "Question,Answer\nTom has 12,42\n", None),
        ("a.csv", " question , answer\nTom has 12, 42\n", None),
        ("a.csv", 'question, answer\n"Tom, who has 12", "42"\n', None),
        ("a.csv", 'question;answer\n"Tom has 12; he buys 30.";42\n', "semicolons"),
        ("a.csv", "question;answer\nTom has 1,50 €, or more;42\n", "semicolons"),
        ("a.csv", "sep=;\nquestion;answer\nTom has 12;42\n", "semicolons"),
        ("a.csv", "question\tanswer\nTom has 12\t42\n", "tabs"),
        ("a.tsv", "question\tanswer\nTom, he has 12\t42\n", "tabs"),
        ("a.csv", "question|answer\nTom has 12|42\n", "vertical bars"),
        ("a.csv", "question,answer,\nTom has 12,42,\n\n", None),
        ("a.csv", "question,answer\r\nTom has 12,42\r\n", None),
        ("a.csv", "question,answer\rTom has 12,42\r", None),
    ],
)
def test_separators_and_the_case_of_headers_are_recognised_and_said(name: str, text: str, notice: str | None) -> None:
    found = problems_from_bytes(text.encode(), name)
    assert [p.answer for p in found.problems] == [42] and found.problems[0].question.startswith("Tom") and found.n_skipped == 0
    assert found.notices == (() if notice is None else (f"Read as columns separated by {notice}.",))


def test_an_unquoted_comma_is_refused_by_row_in_problems_and_texts() -> None:
    ragged = "question,answer\nTom has 12 apples, and buys 30 more,42\nHow many?,7\nonly this\n"
    found = problems_from_bytes(ragged.encode(), "a.csv")
    assert [p.answer for p in found.problems] == [7] and found.n_skipped == 2
    assert found.skipped[0] == "row 2 has 3 cells where the header has 2; put a text that holds the separator “,” into quotes"
    texts = corpus_from_bytes(ragged.encode(), "a.csv")
    assert found.skipped[1] == "row 4 has 1 cell where the header has 2"
    mixed = problems_from_bytes(b"question,answer\nq,\nHow many?,7\na,b,c\n", "a.csv")
    assert mixed.skipped == ("row 2 has no answer", mixed.skipped[1]) and mixed.skipped[1].startswith("row 4 has 3 cells")
    assert texts.texts == ("How many?",) and texts.n_skipped == 2 and texts.skipped == found.skipped


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("question,answer,answer\nq,1,2\n", "has the column “answer” more than once"),
        ("question,Question,answer\nq,p,2\n", "has the column “question” more than once"),
        ("Tom has 12,42\nHow,7\n", "has the columns Tom has 12, 42."),
        ('question,answer\n"' + "word " * 40_000 + '",42\n', "more than 131,072 characters"),
        ('question,answer\n"q,42\n', "is not valid CSV"),
        ('question,answer\n"Ein Apfel kostet 1,50 €","4,5"\n', "Row 2, the answer “4,5” may be a decimal comma"),
    ],
)
def test_tables_that_would_lose_something_are_refused(text: str, words: str) -> None:
    assert words in refusal(text, "a.csv")


@pytest.mark.parametrize("n", [1, 2])
def test_a_key_named_twice_is_refused_by_row(n: int) -> None:
    good, bad = '{"question": "q", "answer": 1}', '{"question": "q", "answer": 1, "answer": 2}'
    found = problems_from_bytes("\n".join([good] * n + [bad]).encode(), "a.jsonl")
    assert len(found.problems) == n and found.skipped == (f"line {n + 1} names “answer” twice",)
    assert "names “answer” twice" in refusal(bad, "a.jsonl") or "holds no problem" in refusal(bad, "a.jsonl")


def packed(*names: str) -> bytes:
    """A zip with these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (packed("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
        (packed("word/document.xml"), "a Word document"),
        (packed("rows.jsonl"), "a zip archive"),
        (b"SQLite format 3\x00" + bytes(80), "an SQLite database"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"BZh91AY&SY", "bzip2-compressed"),
        (b"\xfd7zXZ\x00", "xz-compressed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
    ],
)
def test_files_that_are_no_text_are_named_by_their_first_bytes(data: bytes, kind: str) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        assert f"{name} is {kind}" in refusal(data, name)
    for name in ("a.txt", "a.csv"):
        with pytest.raises(HypvizError, match=kind):
            corpus_from_bytes(data, name)


def test_texts_that_begin_like_such_files_stay_texts() -> None:
    for text in ("PAR1 is a word here", "BZh what", "PKW and LKW", "ORC and elf", "GIFs"):
        assert corpus_from_bytes(text.encode(), "a.txt").texts == (text,)


def test_marked_utf16_is_read_and_said_and_unmarked_is_named() -> None:
    text = "question;answer\nWie viele Äpfel?;42\n"
    for encoding in ("utf-16", "utf-16-be"):
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        found = problems_from_bytes(mark + text.encode(encoding), "a.csv")
        assert found.problems[0].question == "Wie viele Äpfel?" and found.notices[0] == "Read as UTF-16."
    assert "iconv -f UTF-16LE" in refusal(text.encode("utf-16-le"), "a.csv")
    assert "iconv -f UTF-16BE" in refusal(text.encode("utf-16-be"), "a.csv")
    assert "UTF-32" in refusal(text.encode("utf-32"), "a.csv")
    assert "begins as UTF-16" in refusal(b"\xff\xfe\x00", "a.csv") and "zero byte" in refusal(b"question,answer\nq\x00,1\n" * 9, "a.csv")


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"PAR1 plain ascii body\nPAR1", "a Parquet table"), (gzip.compress(b'{"text": "a"}', mtime=0), "gzip-compressed")],
)
def test_texts_are_not_unpacked(data: bytes, kind: str) -> None:
    for name in ("a.txt", "a.csv"):
        with pytest.raises(HypvizError, match=f"{name} is {kind}"):
            corpus_from_bytes(data, name)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"question": "q", "answer": ' + "[" * 100_000])
def test_deep_nesting_is_a_sentence(text: str) -> None:
    for name in ("a.json", "a.jsonl"):
        assert "nested too deeply" in refusal(text, name)
        with pytest.raises(HypvizError, match="nested too deeply"):
            corpus_from_bytes(text.encode(), name)


def test_halves_of_surrogate_pairs_are_refused_by_row() -> None:
    bad = ['{"question": "Tom \\ud800", "answer": "42"}', '{"question": "q", "answer": "42 \\udc00"}']
    good = '{"question": "Tom \\ud83c\\udf4e", "answer": "42"}'
    found = problems_from_bytes("\n".join([good, *bad]).encode(), "a.jsonl")
    assert [p.question for p in found.problems] == ["Tom 🍎"] and found.n_skipped == 2
    assert all("half of a surrogate pair" in reason for reason in found.skipped)
    assert found.to_json().encode() and "half of a surrogate pair" in refusal(bad[0], "a.jsonl")
    texts = corpus_from_bytes("\n".join([good, *bad]).encode(), "a.jsonl")
    assert texts.texts == ("Tom 🍎", "q") and texts.n_skipped == 1 and "half of a surrogate pair" in texts.skipped[0]


def test_a_list_inside_an_object_is_read_and_several_are_refused() -> None:
    rows = [{"question": ASKED, "answer": "42"}]
    for indent in (None, 2):
        found = problems_from_bytes(json.dumps({"version": 1, "data": rows}, indent=indent).encode(), "a.json")
        assert found.problems[0].answer == 42 and found.notices == ("Read the list under “data”.",)
        assert problems_from_bytes(json.dumps(rows[0], indent=indent).encode(), "a.json").problems[0].answer == 42
    assert "several lists of rows (train, test)" in refusal(json.dumps({"train": rows, "test": rows}), "a.json")
    assert "is not valid JSON (line 3" in refusal('{\n "data": [\n  {"question" "q"}\n ]\n}', "a.json")
    assert "is a web page" in refusal("<!DOCTYPE html><html>", "a.jsonl")


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"messages": [{"role": "user", "content": ASKED}]}, "messages"),
        ({"conversations": [{"from": "human", "value": ASKED}]}, "conversations"),
        ({"question": ASKED, "options": ["A)42", "B)43"], "correct": "C"}, "question, options, correct"),
        ({"a": 1, "b\nc": 2}, "a, b c"),
    ],
)
def test_refusals_list_the_columns_seen_and_what_is_wanted(row: dict[str, object], columns: str) -> None:
    words = refusal(json.dumps([row]), "a.json")
    assert f"has the columns {columns}." in words and "each row needs question and answer" in words


def test_a_corpus_refusal_lists_the_columns_and_any_case_of_a_field_is_found() -> None:
    with pytest.raises(HypvizError, match=r"it has Alpha, beta"):
        corpus_from_bytes(b"Alpha;beta\n1;2\n", "a.csv")
    assert corpus_from_bytes(b"ID;Text\n1;a b\n", "a.csv").field == "Text"
    assert corpus_from_bytes(b"ID;Alpha\n1;a b\n", "a.csv", field="alpha").texts == ("a b",)
    assert csv.field_size_limit() == 131_072


def test_the_bundled_problems_are_those_the_bundled_model_was_trained_on() -> None:
    spec = next((Path(__file__).parents[2] / "hypviz" / "bundled" / "runs").glob("*/spec.json"))
    trained = json.loads(spec.read_text(encoding="utf-8"))
    found = read_problems(trained["problems"], split="train")
    assert found.fingerprint == trained["problems_fingerprint"] and all(p.given is None for p in found.problems)


def test_a_pipe_or_a_device_is_refused_before_it_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rows.jsonl")
    for place in (tmp_path / "rows.jsonl", Path("/dev/zero")):
        with pytest.raises(HypvizError, match=r"is a pipe or a device, which may never end; .*\.$"):
            read_problems(str(place))
        with pytest.raises(HypvizError, match="is a pipe or a device"):
            read_corpus(str(place))


def test_a_name_too_long_for_a_file_is_no_file() -> None:
    for name in ("n" * 5000, "n" * 5000 + ".jsonl"):
        with pytest.raises(HypvizError, match=r"\.$"):
            read_problems(name)
    with pytest.raises(HypvizError, match="There is no file"):
        read_corpus("n" * 5000 + ".txt")


def test_questions_that_stand_twice_and_contradict_each_other_are_said() -> None:
    rows = [("a 1", 1), ("a 1", 1), ("b 2", 2), ("a 1", 3)]
    found = problems_from_bytes("\n".join(json.dumps({"question": q, "answer": a}) for q, a in rows).encode(), "a.jsonl")
    assert len(found.problems) == 4
    assert found.notices == (
        "2 rows repeat the questions of others; each row counts.",
        "1 question has different answers in different rows.",
    )
    assert problems_from_bytes(b'{"question": "a 1", "answer": 1}', "a.jsonl").notices == ()


def test_a_row_that_names_a_column_twice_keeps_its_reason() -> None:
    assert "names “answer” twice" in refusal('{"question": "a", "answer": 1, "answer": 2}', "a.jsonl")
    assert "Entry 1 is not a row with named columns" in refusal("[1, 2]", "a.json")
