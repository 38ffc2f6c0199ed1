"""A CSV of tokens: which column names the token, what is kept as it is written, and one sentence for what cannot be read."""

from __future__ import annotations

import pytest

from hypviz.corpora.token_columns import MOST_COLUMNS, token_columns_from_bytes
from hypviz.errors import HypvizError


def read(text: str | bytes, name: str = "mine.csv", **given: str):
    return token_columns_from_bytes(text if isinstance(text, bytes) else text.encode("utf-8"), name, **given)


@pytest.mark.parametrize(
    ("header", "by", "by_id"),
    [
        ("token,valence", "token", False),
        ("Token;valence", "Token", False),
        ("valence\ttoken_id", "token_id", True),
        ("token_id,text,valence", "token_id", True),
        ("id,word,valence", "word", False),
        ("id|valence", "id", True),
    ],
)
def test_the_column_of_the_tokens_is_found_by_its_name_whatever_separates(header, by, by_id):
    separator = next(sign for sign in ";\t|," if sign in header)
    n = header.count(separator) + 1
    found = read(f"{header}\n{separator.join(['7'] * n)}\n")
    assert (found.by, found.by_id, found.tokens) == (by, by_id, ("7",))
    assert "valence" in [column.name for column in found.columns] and by not in [column.name for column in found.columns]


def test_spaces_belong_to_a_token_and_a_formula_is_text():
    found = read('token,note\n dog,=1+1\ndog,"@SUM(A1)"\n" cat, black",+3\n')
    assert found.tokens == (" dog", "dog", " cat, black") and found.columns[0].cells == ("=1+1", "@SUM(A1)", "+3")


def test_a_column_can_be_named():
    assert read("form,valence\ndog,1\n", field="form").by == "form"
    with pytest.raises(HypvizError, match="no column “shape” \\(it has form, valence\\); name one"):
        read("form,valence\ndog,1\n", field="shape")


def test_rows_that_name_no_token_are_counted_with_their_reasons():
    found = read("token_id,valence\n3,1\nx,2\n5\n-1,4\n")
    assert found.tokens == ("3",) and found.n_skipped == 3
    assert "row 3, the token id “x” is no whole number" in found.skipped[0] and "row 4 has 1 cell" in found.skipped[1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"valence,arousal\n1,2\n", "has no column of tokens \\(it has valence, arousal\\); call it “token”"),
        (b"token\ndog\n", "has no column beside “token”"),
        (b"token,valence\n", "holds no row"),
        (b"token_id,valence\nx,1\n", "holds no row that can be read under its header: row 2, the token id “x”"),
        ("tökén,valence\nä,1\n".encode("latin-1"), "is not UTF-8"),
        (b"token,a,A\ndog,1,2\n", "more than once"),
        (b"token," + b",".join(b"c%d" % k for k in range(9_999)) + b"\n", "has 10,000 columns"),
        (b"PK\x03\x04xl/", "is an Excel workbook"),
        (b"sep=;\n", "has no column of tokens"),
        (b"token," + 201 * b"n" + b"\ndog,1\n", "“n{40}…”, of 201 characters"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(data, words):
    with pytest.raises(HypvizError, match=words) as refused:
        read(data)
    assert str(refused.value).startswith("mine.csv") and "\n" not in str(refused.value)


def test_as_many_columns_as_are_read_are_read():
    header = ",".join(["token", *(f"c{k}" for k in range(MOST_COLUMNS - 1))])
    assert len(read(f"{header}\n{','.join(['1'] * MOST_COLUMNS)}\n").columns) == MOST_COLUMNS - 1


def test_equal_content_has_one_identity_and_another_name_another():
    one, same, other = (read("token,x\ndog,1\n", name) for name in ("a.csv", "a.csv", "b.csv"))
    assert one.identity == same.identity != other.identity
    assert one.identity != read("token,x\ncat,1\n", "a.csv").identity


def test_a_column_without_a_name_is_called_by_its_place_and_an_empty_one_is_left_out():
    found = read(",token,Column 1,,\n0,dog,a,x,\n1,cat,b,,\n")
    assert [column.name for column in found.columns] == ["column 1 (2)", "Column 1", "column 4"]
    assert found.columns[2].cells == ("x", "") and len(found.notices) == 1 and "column 1 (2), column 4" in found.notices[0]
    assert read("token,\ndog,1\n").columns[0].name == "column 2"
    assert read(",x\ndog,1\n", field="column 1").tokens == ("dog",)


def test_rows_keep_their_numbers_in_the_file():
    found = read("token_id;x\n3;1\nx;2\n\n;;\n5;a\n")
    assert found.rows == (2, 6 - 1) and found.separator == ";" and len(found.rows) == len(found.tokens)


def test_a_zero_byte_is_a_token_of_many_a_vocabulary():
    found = read(b"token,x\n\x00,1\na\x00,2\n")
    assert found.tokens == ("\x00", "a\x00") and found.columns[0].cells == ("1", "2")
    with pytest.raises(HypvizError, match="UTF-16 without a byte-order mark"):
        read("token,x\na,1\n".encode("utf-16-le"))


def test_a_text_beside_ids_gives_no_colour_and_that_is_said():
    found = read("token_id,text,valence\n3,dog,1\n")
    assert [column.name for column in found.columns] == ["valence"] and "“text”" in found.notices[0]
    assert read("token,word,valence\ndog,noun,1\n").notices == ()
