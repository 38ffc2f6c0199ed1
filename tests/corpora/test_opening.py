"""Kinds of problem files: gzip, Parquet, text, encodings of one byte; and files made to take long or to fill the memory."""

from __future__ import annotations

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hypviz.corpora import problems_from_bytes
from hypviz.corpora.columns import Columns
from hypviz.corpora.opening import open_rows, unpacked
from hypviz.errors import HypvizError, UnknownColumns

ROW = json.dumps({"question": "How many?", "answer": "42"}).encode()


def refusal(data: bytes, name: str, **named: object) -> str:
    with pytest.raises(HypvizError) as caught:
        problems_from_bytes(data, name, **named)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    return str(caught.value)


def parquet(**columns: object) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_gzip_of_several_members_is_unpacked_and_said() -> None:
    found = problems_from_bytes(gzip.compress(ROW) + gzip.compress(b"\n" + ROW), "a.jsonl.gz")
    assert len(found.problems) == 2 and found.notices[0] == "Unpacked from gzip."
    assert problems_from_bytes(gzip.compress(b"question;answer\nHow many?;4\n"), "a.csv.gz").problems[0].answer == 4
    assert problems_from_bytes(gzip.compress(parquet(question=["q"], answer=[4])), "a.parquet.gz").problems[0].answer == 4


def test_a_gzip_that_cannot_be_unpacked_is_a_sentence() -> None:
    assert "is cut off inside its gzip" in refusal(gzip.compress(ROW)[:-9], "a.jsonl.gz")
    damaged = bytearray(gzip.compress(ROW * 50))
    damaged[12:20] = b"\xff" * 8
    assert "is damaged: its gzip cannot be unpacked" in refusal(bytes(damaged), "a.jsonl.gz")
    with pytest.raises(HypvizError, match="unpacks to more than the 0 MB that are read"):
        unpacked(gzip.compress(bytes(50_000)), "a.jsonl.gz", 10_000)


def test_a_parquet_table_is_read_with_its_lists_records_and_numbers() -> None:
    choices = [{"text": ["ice", "fire"], "label": ["A", "B"]}]
    found = problems_from_bytes(parquet(question=["What is hot?"], choices=choices, answerKey=["B"]), "a.parquet")
    assert found.problems[0].answer == "answer2"
    numbers = problems_from_bytes(parquet(question=["a", "b", "c"], answer=[0.1, 1e-05, float("nan")]), "a.parquet")
    assert [float(p.answer) for p in numbers.problems] == [0.1, 1e-05] and numbers.skipped[0].startswith("row 3, the answer “nan”")
    booleans = problems_from_bytes(
        parquet(question=["is it"], passage=["It is."], answer=[True], day=pa.array([0], pa.date32())), "a.parquet"
    )
    assert booleans.problems[0].answer == "true"


def test_a_parquet_table_that_cannot_be_read_is_a_sentence() -> None:
    assert "is no Parquet table that can be read" in refusal(b"PAR1 plain ascii body\nPAR1", "a.parquet")
    assert "has 1,001 columns" in refusal(parquet(**{f"c{i}": [1] for i in range(1001)}), "a.parquet")
    twice = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["q"]), pa.array(["1"])], names=["answer", "answer"]), twice)
    assert "the column “answer” more than once" in refusal(twice.getvalue(), "a.parquet")
    with pytest.raises(HypvizError, match="unpacks to more than"):
        open_rows(parquet(question=["q" * 5000], answer=[1]), "a.parquet", most=1000)


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [("question;answer\nWie viele Äpfel?;42\n", "latin-1", "Latin-1"), ("question;answer\n„Äpfel“?;42\n", "cp1252", "Windows-1252")],
)
def test_encodings_of_one_byte_are_named(text: str, encoding: str, name: str) -> None:
    found = problems_from_bytes(text.encode(encoding), "a.csv")
    assert "Äpfel" in found.problems[0].question and f"Not UTF-8, read as {name}: byte " in found.notices[0]


@pytest.mark.parametrize("data", [b"question;answer\n\x81;3\n", "question;answer\nÄ;1\n".encode() + b"\xe4;3\n"])
def test_bytes_of_no_one_encoding_are_refused(data: bytes) -> None:
    assert "is not UTF-8" in refusal(data, "a.csv")


def test_a_text_file_is_a_table_or_lines_of_json() -> None:
    assert problems_from_bytes(b"question\tanswer\nHow many?\t3\n", "a.txt").problems[0].answer == 3
    assert problems_from_bytes(ROW, "a.txt").problems[0].answer == 42


def test_too_many_columns_are_refused_by_their_number() -> None:
    header = ",".join(f"c{i}" for i in range(5000))
    assert "has 5,000 columns, more than the 1,000 that are read" in refusal(f"{header}\n{header}\n".encode(), "a.csv")


def test_columns_named_by_hand() -> None:
    data = b"Frage,Antwort,x,y\nWie viele?,42,42,7\nWas?,b,ja,nein\n"
    with pytest.raises(UnknownColumns) as caught:
        problems_from_bytes(data, "a.csv")
    assert caught.value.columns == ("Frage", "Antwort", "x", "y") and len(caught.value.rows) == 2
    found = problems_from_bytes(data, "a.csv", columns=Columns(question="frage", answer="ANTWORT"))
    assert [p.answer for p in found.problems] == [42] and found.n_skipped == 1
    offered = problems_from_bytes(data, "a.csv", columns=Columns(question="Frage", answer="Antwort", options=("x", "y")))
    assert [p.answer for p in offered.problems] == ["A", "B"] and offered.problems[1].options[1].text == "nein"
    rows = [{"f": "q", "a": "no", "o": ["yes", "no"]}, 3]
    listed = problems_from_bytes(json.dumps(rows).encode(), "a.json", columns=Columns(question="f", answer="a", options=("o",)))
    assert listed.problems[0].answer == "B" and listed.skipped == ("entry 2 is not a row with named columns",)


def test_columns_that_are_not_there_or_named_twice_are_refused() -> None:
    data = b"Frage,Antwort\nWie viele?,42\n"
    assert "has no column “frag” (it has Frage, Antwort)" in refusal(data, "a.csv", columns=Columns(question="frag", answer="Antwort"))
    assert "A column is named twice" in refusal(data, "a.csv", columns=Columns(question="Frage", answer="frage"))
