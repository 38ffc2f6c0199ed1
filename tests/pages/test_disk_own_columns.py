"""A person's own columns on the Disk page: taken, said, coloured by, and found again by the address."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.running import open_page, run_until

TABLE = b"token_id,valence,sort\n60,0.5,=A1\n61,0.7,odd\n62,,odd\n62,3,odd\n999999,1,odd\n"


@pytest.fixture(autouse=True)
def _own_store(laid_out) -> None:
    """No file of another test."""


def opened(model: str, **address: str) -> AppTest:
    app = open_page("pages/disk.py", model, **address)
    run_until(app, lambda: app.get("bidi_component"))
    return app


def given(model: str, data: bytes, name: str = "mine.csv") -> AppTest:
    app = opened(model)
    app.selectbox(key="disk-columns").set_value("upload").run()
    return app.file_uploader(key="disk-columns-file").set_value((name, data, "text/csv")).run()


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.caption).replace("\\", "")


def colour(app: AppTest) -> str:
    return json.loads(app.get("bidi_component")[-1].proto.json)["colour"]


def test_a_file_offers_its_columns_and_says_what_became_of_its_rows(tiny_llama):
    app = given(str(tiny_llama), TABLE)
    own = [name for name in app.selectbox(key="colour").options if name.startswith("own: ")]
    assert own == ["own: valence", "own: valence, by quantile", "own: sort"] and not app.exception and not app.error
    assert "3 of 5 rows give a drawn token its values, 1 name no token that is drawn, 1 only tokens that another row names" in said(app)
    app.selectbox(key="colour").set_value("own: sort").run()
    assert colour(app) == "own: sort" and not app.exception and not app.error


def test_a_reload_and_a_link_keep_file_and_colour(tiny_llama):
    app = given(str(tiny_llama), TABLE)
    app.selectbox(key="colour").set_value("own: valence").run()
    address = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items() if name != "model"}
    assert address["colour"] == "own: valence" and len(address["columns"]) == 64
    again = opened(str(tiny_llama), **address)
    assert colour(again) == "own: valence" and "Kept from before: mine.csv, 5 rows" in said(again) and not again.warning
    again.selectbox(key="disk-columns").set_value("none").run()
    assert colour(again) == "region" and "columns" not in again.query_params and "mine.csv" not in said(again)


@pytest.mark.parametrize(("data", "words"), [(b"a,b\n1,2\n", "no column of tokens"), ("token,x\né,1\n".encode("latin-1"), "is not UTF-8")])
def test_a_file_that_cannot_be_read_is_one_sentence(tiny_llama, data, words):
    app = given(str(tiny_llama), data)
    assert len(app.error) == 1 and words in app.error[0].value.replace("\\", "") and not app.exception
    assert colour(app) == "region"  # the picture stays


def test_a_few_odd_cells_leave_a_column_of_numbers_and_are_said_under_its_colour(tiny_llama):
    rows = [f"{k},{k / 2},{'?' if k % 2 else k}" for k in range(60, 100)]
    rows[7] = "67,inf,67"
    app = given(str(tiny_llama), "\n".join(["token_id,valence,half", *rows]).encode())
    options = [name for name in app.selectbox(key="colour").options if name.startswith("own: ")]
    assert options == ["own: valence", "own: valence, by quantile", "own: half"]
    assert "“inf”, stands in row 9" in said(app) and "“?”, stands in row 3" in said(app)  # under the control
    for name, odd in (("own: valence, by quantile", "inf"), ("own: half", "?")):
        app.selectbox(key="colour").set_value(name).run()
        below = next(c.value for c in app.caption if "joined by" in c.value)
        assert f"“{odd}”" in below.replace("\\", "") and colour(app) == name and not app.exception


def test_a_rerun_reads_neither_the_file_nor_its_columns_again(tiny_llama, monkeypatch):
    from hypviz.ui.disk import own_columns

    calls: list[str] = []
    for name in ("token_columns_from_bytes", "read_columns"):
        function = getattr(own_columns, name)
        monkeypatch.setattr(own_columns, name, lambda *a, name=name, function=function, **k: calls.append(name) or function(*a, **k))
    app = given(str(tiny_llama), b"token_id,only here\n60,0.5\n61,0.7\n")
    assert sorted(calls) == ["read_columns", "token_columns_from_bytes"]
    app.selectbox(key="colour").set_value("own: only here").run()
    app.run()
    assert sorted(calls) == ["read_columns", "token_columns_from_bytes"] and colour(app) == "own: only here"
