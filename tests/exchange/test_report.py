"""The page to audit and the table of rows: all is there, all is escaped, nothing is a formula or comes from elsewhere."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from html.parser import HTMLParser

import pytest

from hypviz.exchange.report import marked, report_html
from hypviz.exchange.table import rows_csv
from hypviz.records import Provenance
from hypviz.records.answers import Weights
from hypviz.records.evaluations import Evaluation
from hypviz.studies.exchange import report_of, said_of, task_zip
from tests.scoring.records import answers, evaluated

EVIL = "<script>alert(1)</script> & \"'"


@pytest.fixture(scope="module")
def found() -> Evaluation:
    columns = {
        "base": answers([7.0, 8.0, None], texts=(EVIL + " 7", "=1+8", "+no")),
        "lora": answers([7.0, -9.0, 9.0], texts=("It is 7", "-9", "@9")),
        "hyplora": answers([7.0, 9.0, 9.0], texts=("7", "9", "9")),
    }
    made = evaluated(columns, [7.0, -9.0, 9.0])
    asked = [dataclasses.replace(row.problem, question=f"{EVIL} {i}", given="<7>") for i, row in enumerate(made.outcomes)]
    rows = tuple(dataclasses.replace(row, problem=one) for row, one in zip(made.outcomes, asked, strict=True))
    lora = Weights(base="b" * 64, adapter="a" * 64, method="lora")
    scores = (made.columns[0], dataclasses.replace(made.columns[1], weights=lora), made.columns[2])
    came = Provenance(model="org/m", revision="c" * 40, versions={"torch": "2.13.0"})
    return dataclasses.replace(made, outcomes=rows, columns=scores, provenance=came)


class Tags(HTMLParser):
    """The tags of a page in order, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_everything_is_there_and_escaped(found: Evaluation) -> None:
    page = report_html(found, version="9.9", sentences=("A & B.",))
    tags = Tags()
    tags.feed(page)
    assert not tags.open and "script" not in tags.seen and not re.search(r"(?:src|href)=|url\(|@import", page)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4
    for part in ("commit " + "c" * 40, "a" * 64, "b" * 64, "torch 2.13.0", "hypviz 9.9", "greedy, at most 96", "A &amp; B.", "&lt;7&gt;"):
        assert part in page, part
    assert (
        page.count("<h2>Every problem<") == 1
        and page.count("<section>") == 3
        and "judged together" in page
        and "ended: token limit" in page
        and "✂ unfinished" in page
    )


def test_what_was_left_out_is_said_and_a_single_column_has_no_verdicts(found: Evaluation) -> None:
    alone = evaluated({"base": answers([7.0])}, [7.0])
    page = report_html(alone, version="1")
    assert "<h2>Verdicts</h2>" not in page and "Left out" not in page and "Notice" not in page
    less = dataclasses.replace(alone, n_asked=5, n_too_long=1, n_skipped=1, skipped=("line 2, no <answer>",), notice="Note.")
    page = report_html(less, version="1")
    assert (
        "1 problem that did not fit" in page
        and "3 problems not reached" in page
        and "line 2, no &lt;answer&gt;" in page
        and "Note." in page
    )


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ([], "a&lt;b 12 c"),
        ([(4, 6)], "a&lt;b <mark>12</mark> c"),
        ([(5, 6), (4, 6)], "a&lt;b <mark>12</mark> c"),
        ([(0, 3), (2, 5)], "<mark>a&lt;b</mark><mark> 1</mark>2 c"),
    ],
)
def test_what_was_read_is_marked(spans: list[tuple[int, int]], shown: str) -> None:
    assert marked("a<b 12 c", spans) == shown


def test_the_table_holds_every_row_and_no_formula(found: Evaluation) -> None:
    data = rows_csv(found)
    assert data.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert head[:5] == ["number", "question", "expected", "value", "skill"] and len(rows) == 3
    second = dict(zip(head, rows[1], strict=True))
    assert second["base: text"] == "'=1+8" and second["lora: text"] == "'-9" and second["value"] == "-9"
    assert (second["lora: read (paper)"], second["lora: right (paper)"], second["base: right (careful)"]) == ("-9", "1", "0")
    assert rows[2][head.index("base: text")] == "'+no" and rows[2][head.index("base: read (paper)")] == ""
    third = evaluated({"base": answers([7.0], texts=("1/3",))}, [1 / 3])
    assert b"0.333" in rows_csv(third)


def test_what_is_said_of_all_and_of_pairs_stands_in_the_report(found: Evaluation) -> None:
    said = said_of(found)
    assert any("cannot be told apart" in sentence for sentence in said) and any("of a problem" in sentence for sentence in said)
    page = report_of(found)
    assert "An answer is" in page and "cannot be told apart" in page
    assert task_zip(found)[:2] == b"PK"
    apart = evaluated({"lora": answers([7.0] * 20), "hyplora": answers([6.0] * 20)}, [6.0, 7.0] * 3 + [6.0] * 14)
    assert all("would show" not in sentence for sentence in said_of(apart)) and len(said_of(apart)) <= 1
    constant = evaluated({"a": answers([5.0] * 20), "b": answers([6.0] * 20)}, [float(k) for k in range(20)])
    assert said_of(constant) == ()
    assert said_of(dataclasses.replace(constant, problems="gsm8k"))[0].startswith("The paper reports no GSM8K for this model")
