"""What is framed and underlined in an answer, whatever tokens it lies in."""

from __future__ import annotations

from typing import Any

import pytest

from hypviz.marking import check_steps
from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import Mark
from hypviz.ui.shared import answer_text
from hypviz.ui.shared.answer_text import marked_parts, parts_of_tokens, show_answer
from tests.scoring.records import generation

PIECES = (" 12", " +", " 19", " =", " 3", "1.", " So", " 3", "1", ".")
TEXT = "".join(PIECES)


def read(part: str) -> Mark:
    start = TEXT.rindex(part)
    return Mark(value=part, start=start, end=start + len(part), state=RIGHT)


def test_the_frame_opens_in_the_first_token_and_closes_in_the_last() -> None:
    parts = parts_of_tokens(PIECES, read("31"), ())
    assert [i for i, found in enumerate(parts) if found] == [7, 8]
    assert parts[7] == [{"text": " ", "mark": ""}, {"text": "3", "mark": "read opens"}] and parts[8] == [
        {"text": "1", "mark": "read closes"}
    ]
    (whole,) = parts_of_tokens([TEXT], read("31"), ())
    assert [part["mark"] for part in whole] == ["", "read opens closes", ""]


def test_steps_and_what_was_read_may_overlap_and_no_text_is_lost() -> None:
    steps = check_steps(TEXT)
    mark = Mark(value="31", start=TEXT.index("31"), end=TEXT.index("31") + 2, state=RIGHT)
    parts = parts_of_tokens(PIECES, mark, steps)
    assert "".join("".join(part["text"] for part in found) or piece for found, piece in zip(parts, PIECES, strict=True)) == TEXT
    assert parts[4][-1]["mark"].split() == ["true", "read", "opens"]
    assert "".join(text for text, _ in marked_parts(TEXT, mark, steps)) == TEXT


def test_without_a_mark_no_token_has_parts() -> None:
    nothing = Mark(value=None, start=0, end=0, state=RIGHT)
    assert parts_of_tokens(PIECES, nothing, ()) == parts_of_tokens(PIECES, None, ()) == [[] for _ in PIECES]


def test_the_end_token_carries_the_sign_of_the_end_and_its_own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list[dict[str, Any]]()
    monkeypatch.setattr(answer_text, "_mount", lambda *, key, data: drawn.append(data))
    show_answer(generation([1, 2], (" 31", "")), titles={"base": "Base"}, name="base", marks=("step0", "step4"))
    show_answer(generation([1, 2], (" 31", ".")), titles={"base": "Base"}, name="base")
    ended, unended = drawn
    assert ended["tokens"][1] == {"text": "", "probability": 1.0, "mark": "step4", "sign": "∎ end"}
    assert ended["ending"] == unended["ending"] == "∎ end" and not any("sign" in token for token in unended["tokens"])
