"""How far the answers of a comparison are: tokens written of those that are expected, and never the whole bar."""

from __future__ import annotations

import pytest

from hypviz.ui.compare.live import MOST_WRITTEN, Live
from hypviz.work import Work


def test_every_token_is_progress_and_long_answers_do_not_fill_the_bar() -> None:
    seen = list[float]()
    live = Live(pieces={"base": [], "lora": []}, expected=4.0)
    assert live.share == 0.0 == Live(pieces={"base": ["a"]}).share
    live.add("base", "before there is any work")
    live.work = Work(on_report=lambda done, total, text: seen.append(done / total))
    for name in ("lora", "base", "lora", "lora"):
        live.add(name, "a")
    assert seen == pytest.approx([0.5, 0.75, MOST_WRITTEN, MOST_WRITTEN])
