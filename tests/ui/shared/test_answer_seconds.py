"""The guess of how long answers take grows with their number, their length and the model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from hypviz.ui.shared import answer_seconds
from hypviz.ui.shared.answer_seconds import FEWEST_PARAMETERS, seconds_to_answer


def test_more_answers_longer_ones_and_larger_models_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_seconds, "model_summary", lambda n: SimpleNamespace(n_parameters=n))
    once = seconds_to_answer(cast("Any", FEWEST_PARAMETERS), 1, 96)
    assert once == seconds_to_answer(cast("Any", FEWEST_PARAMETERS // 2), 1, 96) > 0
    assert seconds_to_answer(cast("Any", FEWEST_PARAMETERS), 3, 192) == pytest.approx(6 * once)
    assert once < seconds_to_answer(cast("Any", 40 * FEWEST_PARAMETERS), 1, 96) == pytest.approx(13.2 * once, rel=0.01)
