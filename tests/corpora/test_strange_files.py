"""Files that nobody meant to be strange: other shapes of JSON, other encodings, damaged and endless ones; each read or one sentence."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hypviz.corpora import opening, problems_from_bytes, read_problems, table
from hypviz.corpora.forms.listed import options_in
from hypviz.errors import HypvizError
from hypviz.records.problems import write_answer

ROWS = [{"question": "q", "answer": 3}, {"question": "r", "answer": 4}]
LINES = [json.dumps(row) for row in ROWS]


def answers(data: bytes | str, name: str = "a.jsonl") -> list[str]:
    found = problems_from_bytes(data.encode() if isinstance(data, str) else data, name)
    return [write_answer(problem.answer) for problem in found.problems]


def refusal(data: bytes | str, name: str) -> str:
    with pytest.raises(HypvizError) as caught:
        problems_from_bytes(data.encode() if isinstance(data, str) else data, name)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    return str(caught.value)


def parquet(columns: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(columns, stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\r".join(LINES), "a.jsonl"),
        ("\ufeff\ufeff" + "\n\ufeff".join(LINES), "a.jsonl"),
        ("".join(LINES), "a.json"),
        ("\n".join(json.dumps(row, indent=1) for row in ROWS), "a.jsonl"),
        (json.dumps({"question": ["q", "r"], "answer": [3, 4]}), "a.json"),
        (json.dumps({"question": {"0": "q", "1": "r"}, "answer": {"0": 3, "1": 4}}), "a.json"),
        (json.dumps({"first": ROWS[0], "second": ROWS[1]}), "a.json"),
        (json.dumps({"data": {"rows": ROWS}}), "a.json"),
        (json.dumps(ROWS), "a.csv"),
        ("\n".join(LINES), "a.tsv"),
        ("\n".join(LINES), "a.txt"),
        ("\ufeff\ufeff,\n \nquestion,answer\nq,3\nr,4\n", "a.csv"),
        ("question\tanswer\rq\t3\rr\t4\r", "a.txt"),
    ],
)
def test_rows_in_other_shapes_are_read(text: str, name: str) -> None:
    assert answers(text, name) == ["3", "4"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "a.csv", "a.csv is empty"),
        (" \n\t\n", "a.jsonl", "a.jsonl is empty"),
        ("question,answer\n", "a.csv", "holds no rows under its header (question, answer)"),
        ('{"data": []}', "a.json", "holds no rows"),
        ("{}", "a.json", "has no question"),
        ("What is 1?\nWhat is 2, or 3?\n", "a.txt", "its lines are texts without answers; begin it with the line question<tab>answer"),
        ("question\nq\n", "a.txt", "has no answer"),
        ("<html><body>404, sorry</body></html>", "a.csv", "is a web page"),
        ("question,answer\nq,3\n", "a.json", "a table is named .csv"),
        ("\n".join(LINES[:1]) + "\n{oops\n", "a.jsonl", "line 2 is not JSON (Expecting property name enclosed in double quotes)"),
        ('{"a": 1} {"b": 2} 7', "a.jsonl", "line 1 is not JSON"),
        ('{"a": {"0": 1}, "b": {"1": 2}}', "a.json", "has no question"),
        ('{"a": {"0": 1}, "b": [2]}', "a.json", "has no question"),
        ('{"a": {"x": 1, "x": 2}}', "a.json", "names “x” twice"),
    ],
)
def test_what_holds_no_rows_is_said_with_what_to_do(text: str, name: str, words: str) -> None:
    assert words in refusal(text, name)


def test_an_encoding_is_never_guessed_from_a_text_in_long_words_of_other_letters() -> None:
    asked = {
        "cp1251": "Сколько яблок?",
        "koi8-r": "Сколько яблок?",
        "gbk": "小明有三个苹果?",
        "shift-jis": "りんごは何個?",
        "cp1253": "Πόσα μήλα;?",
    }
    for encoding, question in asked.items():
        words = refusal(f"question,answer\n{question},3\n".encode(encoding), "a.csv")
        assert "from the encoding that it was written in" in words and "CP1251" in words
    western = problems_from_bytes("question,answer\n“Wie groß” – 5 €?,3\n".encode("cp1252"), "a.csv")
    assert western.problems[0].question == "“Wie groß” – 5 €?" and "Windows-1252" in western.notices[0]


def test_zero_bytes_are_utf16_only_where_that_is_a_text() -> None:
    chinese = json.dumps({"question": "小明有三个苹果" * 20, "answer": 3}, ensure_ascii=False)
    assert "iconv -f UTF-16LE" in refusal(chinese.encode("utf-16-le"), "a.jsonl")
    assert "iconv -f UTF-16BE" in refusal(chinese.encode("utf-16-be"), "a.jsonl")
    assert "holds a zero byte (byte 4)" in refusal(b"\x7fELF\x00\x01\xd8\x00\xd8\x02\x00\x00" * 9, "a.jsonl")
    whole = parquet(pa.table({"question": ["q"], "answer": [3]}))
    assert "a Parquet table that is cut off" in refusal(whole[:-5], "a.parquet")


def test_cells_of_bytes_and_of_narrow_numbers_are_what_was_written() -> None:
    cells = pa.table({"question": [b"q", b"r", b"\xff", b"s"], "answer": pa.array([3.1, 0.1, 1.0, None], pa.float32())})
    found = problems_from_bytes(parquet(cells), "a.parquet")
    assert [(p.question, write_answer(p.answer)) for p in found.problems] == [("q", "3.1"), ("r", "0.1")]
    assert found.skipped == ("row 3 has no question", "row 4 has no answer")


def test_what_would_fill_the_memory_is_refused_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 3)
    rows = "\n".join([*LINES, *LINES])
    texts = {
        "a.jsonl": rows,
        "a.json": json.dumps([*ROWS, *ROWS]),
        "b.json": rows.replace("\n", ""),
        "a.csv": "question,answer\n" + "q,3\n" * 4,
        "a.parquet": parquet(pa.table({"question": ["q"] * 4, "answer": [3] * 4})),
    }
    for name, data in texts.items():
        assert "has more than the 3 rows that are read; cut it into parts" in refusal(data, name)
    monkeypatch.setattr(table, "MOST_VALUES", 20)
    nested = {"x": [[0] * 30], "y": [{"z": [1] * 2, "w": "v"}], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))}
    values = {
        "a.json": "[" + ",".join("1" * 30) + "]",
        "a.jsonl": "\n" * 30 + "\n".join(LINES),
        "a.csv": "question,answer" + "," * 30 + "\nq,3\n",
        "b.csv": "question,answer\r" + "\r" * 30 + "q,3\r",
        "a.parquet": parquet(pa.table({"question": ["q"], "answer": [3], **nested})),
    }
    for name, data in values.items():
        assert "holds more than 20 cells or values" in refusal(data, name)


def test_few_texts_that_many_rows_repeat_count_for_each_row() -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0, None, *[0] * 40], pa.int32()), ["q" * 5000])
    with pytest.raises(HypvizError, match="unpacks to more than the 0 MB"):
        opening.open_rows(parquet(pa.table({"question": texts, "answer": [3] * 42})), "a.parquet", most=50_000)


def test_gzip_of_countless_members_ends_and_what_stands_behind_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(LINES[0].encode())
    assert problems_from_bytes(packed + b"\x00" * 9, "a.jsonl.gz").notices == ("Unpacked from gzip.",)
    assert problems_from_bytes(packed + b"tail", "a.jsonl.gz").notices[1] == "4 bytes behind the gzip are left out."
    monkeypatch.setattr(opening, "MEMBERS", 3)
    assert "more than 3 gzip files" in refusal(packed * 4, "a.jsonl.gz")
    monkeypatch.setattr(opening, "CHUNK", 5)
    assert answers(packed + gzip.compress(b"\n" + LINES[1].encode()), "a.jsonl.gz") == ["3", "4"]


def test_a_file_that_grows_while_it_is_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.corpora import decoding

    place = tmp_path / "rows.jsonl"
    place.write_text(LINES[0], encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to(place)
    assert [p.answer for p in read_problems(str(tmp_path / "link.jsonl")).problems] == [3]
    monkeypatch.setattr(decoding, "MAX_BYTES", 10**9)
    stat, said = decoding.os.fstat, [0]

    def grown(descriptor: int) -> object:
        said[0] += 1
        if said[0] == 2:
            place.write_text("\n".join(LINES), encoding="utf-8")
        return stat(descriptor)

    monkeypatch.setattr(decoding.os, "fstat", grown)
    with pytest.raises(HypvizError, match="changed while it was read"):
        decoding.read_bytes(place)


def test_an_answer_in_a_list_of_one_is_that_answer() -> None:
    rows = [{"instruction": "q", "input": "", "answer": [22.0], "output": "It is 22."}, {"question": "r", "answer": ["3"]}]
    assert answers(json.dumps(rows), "a.json") == ["22", "3"]
    assert "the answer is a list of 1, not one number" in refusal('{"question": "q", "answer": [[3]]}', "a.jsonl")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("A) 1 B) 2", ["1", "2"]),
        ("A) red\nB) dark blue", ["red", "dark blue"]),
        ("(A) 1; (B) 2;", ["1", "2"]),
        ("a ) 38 , b ) 27.675 , c ) 30", ["38", "27.675", "30"]),
        ("[A)1, B)2]", ["1", "2"]),
        ("['A) 1', 'B) 2']", ["A) 1", "B) 2"]),
        ('["x", "y"]', ["x", "y"]),
        ("A) vitamin B) yes B) no", None),
        ("A) 1 C) 2", None),
        ("B) 1 A) 2", None),
        ("either A) 1 or B) 2", None),
        ("A) B) 2", None),
        ("['x', __import__('os')]", None),
        ("{x", None),
        ("1; 2; 3", None),
        ("A) 1 B) " + "2" * 20_001, None),
    ],
)
def test_options_in_one_text(text: str, options: list[str] | None) -> None:
    assert options_in(text) == options


def test_a_row_with_its_options_in_one_text_is_asked_with_its_letters() -> None:
    found = problems_from_bytes(json.dumps({"Problem": "q", "options": "a ) 38 , b ) 27", "correct": "b"}).encode(), "a.jsonl")
    assert found.problems[0].question == "q Answer Choices: (A) 38 (B) 27" and found.problems[0].answer == "B"
    assert "write them as a list" in refusal(json.dumps({"question": "q", "options": "1; 2", "answer": "A"}), "a.jsonl")
