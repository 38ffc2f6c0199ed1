"""Published sets on the pages where the hub cannot be asked: one sentence, and another set can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.running import open_page, run_until


@pytest.mark.slow
@pytest.mark.parametrize("page", ["pages/evaluate.py", "pages/finetune.py"])
def test_a_set_that_is_not_here_is_one_sentence(page: str, tiny_llama: Path, private_cache: Path) -> None:
    app = open_page(page, str(tiny_llama), problems="arc-easy")
    run_until(app, lambda: app.error)
    assert len(app.error) == 1 and "allenai/ai2_arc is not on this machine" in app.error[0].value.replace("\\", "")
    assert any(box.label in ("Problems", "Learn from") for box in app.selectbox) and not app.exception
