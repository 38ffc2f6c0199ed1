"""Pages of a model that writes no text here: those of its tables work, the others say in one sentence why they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hypviz import models
from hypviz.models.live.architecture import no_answers
from hypviz.words.layers import reader_sentence
from tests.architectures import build_architecture
from tests.pages.running import at_rest, open_page, press, run_until, words


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny T5."""
    return build_architecture(tmp_path_factory.mktemp("reader") / "t5", "T5ForConditionalGeneration")


@pytest.mark.slow
def test_the_layers_of_an_encoder_are_measured_and_the_page_says_what_is_not_shown(reader: Path) -> None:
    app = open_page("pages/layers.py", str(reader), run="none")
    run_until(app, lambda: "Measure the layers" in [b.label for b in app.button])
    next(n for n in app.number_input if n.key.startswith("layers-limit")).set_value(2).run()
    press(app, "Measure the layers")
    run_until(app, lambda: at_rest(app) and any("after block" in m.value for m in app.markdown))
    assert str(reader_sentence(no_answers(models.resolve(str(reader))))) in words(app)
    assert "Choose another model" not in [each.proto.label for each in app.get("page_link")]
    assert [one.value for one in app.error if "hierarchy" not in one.value and "single token" not in one.value] == []
    assert not app.exception


@pytest.mark.parametrize("page", ["finetune", "compare", "evaluate"])
def test_a_page_that_needs_answers_says_why_there_are_none(reader: Path, page: str) -> None:
    app = open_page(f"pages/{page}.py", str(reader))
    assert str(no_answers(models.resolve(str(reader)))) in words(app)
    assert "Choose another model" in [each.proto.label for each in app.get("page_link")]
    assert not app.error and not app.exception


@pytest.mark.parametrize("name", ["T5ForConditionalGeneration", "BertForMaskedLM"])
def test_the_disk_works_on_its_tables(tmp_path: Path, name: str) -> None:
    disk = open_page("pages/disk.py", str(build_architecture(tmp_path / name, name)))
    run_until(disk, lambda: disk.get("bidi_component"))
    assert not disk.error and not disk.exception
    assert json.loads(disk.get("bidi_component")[-1].proto.json)["title"]


@pytest.mark.parametrize("page", ["frequency", "hyperbolicity"])
def test_the_measures_work_on_its_tables(reader: Path, page: str) -> None:
    app = open_page(f"pages/{page}.py", str(reader))
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    assert not app.error and not app.exception


def test_the_start_page_says_what_it_is(reader: Path) -> None:
    app: AppTest = open_page("pages/start.py", str(reader))
    run_until(app, lambda: any("is loaded" in s.value for s in app.subheader))
    assert str(no_answers(models.resolve(str(reader)))) in words(app)
    assert not app.error and not app.exception
