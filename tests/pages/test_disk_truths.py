"""How true the picture is, on the Disk page: at once for a small vocabulary, behind a button with Stop for a large one, from the store."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.corpora.general import general_words
from hypviz.models import resolve
from hypviz.records.specs.disk import LayoutSpec, ModelRows, TruthsSpec
from hypviz.studies.disk import truths as measuring
from hypviz.studies.disk.truths import TRUTHS
from hypviz.ui.disk import truths
from hypviz.words.disk_truths import truths_sentence, truths_table
from hypviz.work import Work
from tests.pages.running import open_page, press, run_until

BUTTON = "Measure how true the picture is"


@pytest.fixture
def asked(tiny_llama: Path) -> TruthsSpec:
    """What the page asks of its first picture."""
    return TruthsSpec(layout=LayoutSpec(rows=ModelRows(model=resolve(str(tiny_llama))), counts=general_words()))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every vocabulary took long."""
    monkeypatch.setattr(truths, "AT_ONCE", 0.0)


def _open(folder: Path) -> AppTest:
    app = open_page("pages/disk.py", str(folder))
    run_until(app, lambda: app.get("bidi_component"))
    return app


def _shown(app: AppTest) -> list[dict[str, str]]:
    (table,) = app.table
    return [{str(name): str(cell) for name, cell in row.items()} for row in table.value.to_dict("records")]


def _buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_small_vocabulary_is_measured_at_once(tiny_llama: Path, asked: TruthsSpec) -> None:
    app = _open(tiny_llama)
    found = TRUTHS.stored(asked)
    assert found is not None and _shown(app) == truths_table(found) and BUTTON not in _buttons(app) and not app.exception
    assert any(truths_sentence(found) in caption.value.replace("\\", "") for caption in app.caption)


def test_a_large_one_waits_for_the_button(tiny_llama: Path, asked: TruthsSpec, large: None) -> None:
    app = _open(tiny_llama)
    assert not app.table and BUTTON in _buttons(app) and TRUTHS.stored(asked) is None
    assert "about 1 s" in [caption.value for caption in app.caption]  # beside the button
    press(app, BUTTON)
    run_until(app, lambda: app.table)
    assert _shown(app) == truths_table(TRUTHS.get(asked).record) and BUTTON not in _buttons(app) and not app.exception


def test_measuring_can_be_stopped_and_started_again(tiny_llama: Path, large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*given: object, work: Work, **more: object) -> None:
        while True:
            work.check()
            threading.Event().wait(0.02)

    app = _open(tiny_llama)
    with monkeypatch.context() as patch:
        patch.setattr(measuring, "kept_of_truth", wait)
        press(app, BUTTON)
        run_until(app, lambda: "Stop" in _buttons(app))
        press(app, "Stop")
        run_until(app, lambda: BUTTON in _buttons(app))
    assert not app.table and app.get("bidi_component")
    press(app, BUTTON)
    run_until(app, lambda: app.table)
    assert not app.exception


def test_what_the_store_has_is_shown_without_a_button(tiny_llama: Path, asked: TruthsSpec, large: None) -> None:
    found = TRUTHS.get(asked).record
    app = _open(tiny_llama)
    run_until(app, lambda: app.table)
    assert _shown(app) == truths_table(found) and not app.exception
