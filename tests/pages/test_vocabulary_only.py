"""Pages of a model of which only the vocabulary is on this machine: three work on it, the others say what they need and where to get it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from hypviz.models.source import vocabulary
from hypviz.models.source.parsing import parse_source
from hypviz.store import write_atomically
from tests.pages.running import APP, at_rest, open_page, run_until, words

SOURCE = "org/tiny#vocabulary"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def kept(tiny_llama: Path, private_cache: Path) -> Path:
    """The vocabulary of the tiny Llama as if it had been fetched."""
    source = parse_source(SOURCE)
    folder = vocabulary._folder(source, COMMIT)
    shutil.copytree(tiny_llama, folder)
    with safe_open(folder / "model.safetensors", "pt") as file:
        tables = {name: file.get_tensor(name) for name in ("model.embed_tokens.weight", "lm_head.weight")}
    save_file(tables, folder / "model.safetensors", metadata={"format": "pt"})
    write_atomically(vocabulary._note(source), COMMIT)
    return folder


@pytest.mark.parametrize("page", ["layers", "finetune", "compare", "evaluate"])
def test_a_page_that_needs_all_weights_says_so_and_leads_to_them(kept, page):
    app = open_page(f"pages/{page}.py", SOURCE)
    assert "Only the vocabulary of org/tiny is on this machine" in words(app)
    (link,) = [each.proto for each in app.get("page_link") if each.proto.label == "See what the whole model costs"]
    assert "hub=org%2Ftiny" in link.query_string or "hub=org/tiny" in link.query_string
    assert not app.error and not app.exception


def test_the_disk_and_the_frequencies_work_on_it(kept, tiny_llama):
    disk = open_page("pages/disk.py", SOURCE)
    run_until(disk, lambda: disk.get("bidi_component"))
    assert not disk.error and not disk.exception
    message = json.loads(disk.get("bidi_component")[-1].proto.json)
    assert message["title"] and "keeps" in message["title"]
    frequency = open_page("pages/frequency.py", SOURCE)
    run_until(frequency, lambda: frequency.get("plotly_chart") and at_rest(frequency))
    assert not frequency.error and not frequency.exception


def test_the_start_page_says_what_it_is(kept):
    app: AppTest = open_page("pages/start.py", SOURCE)
    run_until(app, lambda: any("is loaded" in s.value for s in app.subheader))
    assert "Only the vocabulary of org/tiny is on this machine: Disk, Frequency" in words(app)


def test_a_part_that_was_typed_needs_no_second_choice(kept):
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    app.segmented_control(key="start-kind").set_value("hub").run()
    app.text_input(key="start-hub").set_value(SOURCE).run()
    assert not [each for each in app.segmented_control if each.key == "start-part"] and not app.error and not app.exception
    assert {m.label for m in app.metric} >= {"To download", "Memory"} and "rows that are held at once" in words(app)
