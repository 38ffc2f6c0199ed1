"""The pinned text's path on the Disk page: asked for by a link, by the picture, and what is said where it cannot be followed."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.models import read_token_table, resolve
from hypviz.ui.disk import results as disk_results
from hypviz.ui.disk.component import Said, read_message
from hypviz.ui.disk.path import OTHER_TABLE
from tests.pages.running import open_page, run_until

pytestmark = pytest.mark.usefixtures("laid_out")

TEXT = "Tom has 12 red apples"


@pytest.fixture
def app(tiny_llama) -> AppTest:
    app = open_page("pages/disk.py", str(tiny_llama), pin=TEXT, path="logit")
    run_until(app, lambda: app.get("bidi_component"))
    return app


def _path(app: AppTest) -> dict | None:
    """What the component was told of the path."""
    return json.loads(app.get("bidi_component")[-1].proto.json)["path"]


def _start(app: AppTest) -> AppTest:
    return next(button for button in app.button if str(button.key).startswith("start-")).click().run()


def test_a_link_asks_before_it_reads_the_model_and_shows_what_is_stored_unasked(app, tiny_llama):
    assert _path(app) == {"asked": "logit"}
    _start(app)
    run_until(app, lambda: "tokens" in (_path(app) or {}))
    path, table = _path(app), read_token_table(resolve(str(tiny_llama)))
    assert path is not None and len(path["tokens"]) == len(path["at"]) == len(path["spread"]) == 3  # two blocks and what enters the first
    assert all(len(tokens) == 5 for tokens in path["tokens"]) and table.text[path["tokens"][-1][0]] in path["title"]
    assert not app.exception and not app.error
    again = open_page("pages/disk.py", str(tiny_llama), pin=TEXT, path="cosine,1")
    run_until(again, lambda: again.get("bidi_component"))
    assert _path(again) == {"asked": "cosine,1"}
    again.query_params["path"] = "logit"
    again.run()
    run_until(again, lambda: "tokens" in (_path(again) or {}))
    assert _path(again) == path


def test_asked_for_in_the_picture_it_is_read_at_once_and_let_go_again(tiny_llama, monkeypatch):
    app = open_page("pages/disk.py", str(tiny_llama), pin=TEXT)
    run_until(app, lambda: app.get("bidi_component"))
    assert _path(app) is None
    mount, said = disk_results.mount_disk, [Said(followed="cosine,1")]

    def mount_and_ask(*args, **kwargs):
        if said:
            kwargs["answer"](said.pop(0))
        mount(*args, **kwargs)

    monkeypatch.setattr(disk_results, "mount_disk", mount_and_ask)
    app.run()
    run_until(app, lambda: "tokens" in (_path(app) or {}))
    path = _path(app)
    assert path is not None and path["lens"] == "cosine" and "cosine,1" in app.query_params["path"]
    said.append(Said(prompt=""))  # the text is emptied, and its path goes with it
    app.run()
    app.run()
    assert "path" not in app.query_params and "pin" not in app.query_params and _path(app) is None and not app.warning
    said.extend([Said(prompt=TEXT), Said(followed="cosine,1")])
    app.run()
    app.run()
    run_until(app, lambda: "tokens" in (_path(app) or {}))
    said.append(Said(followed=""))
    app.run()
    app.run()
    assert "path" not in app.query_params and _path(app) is None and not app.exception


def test_where_the_rows_that_speak_are_not_those_laid_out_they_are_offered(app):
    _start(app)
    run_until(app, lambda: "tokens" in (_path(app) or {}))
    assert "two spaces" in " ".join((_path(app) or {})["said"])
    next(button for button in app.button if button.label == OTHER_TABLE).click().run()
    run_until(app, lambda: "two spaces" not in " ".join((_path(app) or {}).get("said", ["two spaces"])))
    assert app.selectbox(key="table").value == "output" and not [b for b in app.button if b.label == OTHER_TABLE]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"pin": TEXT, "path": "tuned"}, "which is no path; it is logit or cosine"),
        ({"pin": TEXT, "path": "logit,-1"}, "which is no path"),
        ({"path": "logit"}, "There is no text to follow"),
    ],
)
def test_an_address_that_names_no_path_is_said_beside_the_picture(tiny_llama, choices, words):
    app = open_page("pages/disk.py", str(tiny_llama), **choices)
    run_until(app, lambda: app.get("bidi_component"))
    assert any(words in w.value.replace("\\", "") for w in app.warning) and "tokens" not in (_path(app) or {})
    assert not app.error and not app.exception


def test_a_text_longer_than_the_model_reads_is_said_and_the_picture_stays(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama), pin="ä" * 260, path="logit")
    run_until(app, lambda: app.get("bidi_component"))
    _start(app)
    run_until(app, lambda: any("256 at most" in w.value for w in app.warning))
    assert app.get("bidi_component") and not app.error and not app.exception


def test_messages_about_a_path_are_read_and_nonsense_is_not():
    assert read_message({"path": "logit"}) == Said(followed="logit") and read_message({"path": ""}) == Said(followed="")
    assert [read_message(m) for m in ({"path": 3}, {"path": None}, {"path": ["logit"]})] == [None] * 3
