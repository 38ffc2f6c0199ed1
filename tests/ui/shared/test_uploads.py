"""A file that was brought once is found again: by its address, after a visit elsewhere, and refused by its mark where it is not kept."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

LINES = b"one two three\nfour five six\n"


def page() -> None:
    import streamlit as st

    from hypviz.ui.shared.corpus_choice import choose_corpus
    from hypviz.ui.shell.address import Kept

    found = choose_corpus(Kept("toy"), "Texts")
    st.text(f"{found.name} {len(found.texts)}" if found is not None else "none")


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def with_file(name: str = "mine.txt", data: bytes = LINES) -> AppTest:
    app = opened()
    app.selectbox(key="toy-texts").set_value("upload").run()
    return app.file_uploader(key="toy-texts-file").set_value((name, data, "text/plain")).run()


@pytest.fixture(autouse=True)
def _own_store(private_cache) -> None:
    """No file of another test."""


def test_a_name_stands_in_the_address_unless_it_is_the_default() -> None:
    app = opened()
    assert app.text[0].value == "bundled problems 3000" and address(app) == {}
    app.selectbox(key="toy-texts").set_value("average").run()
    assert address(app) == {"texts": "average"}
    assert opened(**address(app)).text[0].value == app.text[0].value != "bundled problems 3000"


def test_a_file_is_found_again_by_its_address() -> None:
    app = with_file()
    assert app.text[0].value == "mine.txt 2"
    again = opened(**address(app))
    assert again.text[0].value == "mine.txt 2" and again.selectbox(key="toy-texts").value == "upload"
    assert address(again) == address(app)


def test_an_empty_text_in_the_address_is_said_and_names_no_file() -> None:
    app = opened(texts="")
    assert len(app.warning) == 1 and "texts=," in app.warning[0].value.replace("\\", "")
    assert app.selectbox(key="toy-texts").value == "bundled" and not app.info and not app.exception


def test_equal_texts_under_another_name_are_another_choice() -> None:
    assert address(with_file()) != address(with_file("yours.txt"))
    assert address(with_file()) == address(with_file())


def test_a_file_that_is_not_kept_is_asked_for_again() -> None:
    app = opened(texts="f" * 64)
    assert app.text[0].value == "none" and len(app.warning) == 1 and len(app.info) == 1
    assert not app.exception


def test_a_name_chosen_after_a_file_takes_its_place() -> None:
    app = with_file()
    app.selectbox(key="toy-texts").set_value("average").run()
    assert address(app) == {"texts": "average"}
    app.selectbox(key="toy-texts").set_value("upload").run()
    assert app.text[0].value == "mine.txt 2", "the file is still there"


def problems_page() -> None:
    import streamlit as st

    from hypviz.ui.evaluate.problems import PROBLEMS
    from hypviz.ui.shared.uploads import name_or_file
    from hypviz.ui.shell.address import Kept

    found = name_or_file(Kept("toy"), "texts", ["two-step"], label="Problems", files=PROBLEMS)
    st.text("none" if found is None else str(found))


def test_the_mark_of_another_kind_of_file_finds_nothing_and_the_file_stays() -> None:
    said = address(with_file())
    app = AppTest.from_function(problems_page, default_timeout=60)
    app.query_params["texts"] = said["texts"]
    app.run()
    assert app.text[0].value == "none" and any("not kept here" in warning.value for warning in app.warning)
    assert opened(**said).text[0].value == "mine.txt 2"


def test_a_file_is_parsed_and_read_from_the_store_once_for_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.store import Store
    from hypviz.ui.shared import corpus_choice

    calls: list[str] = []

    def counted(name, function):
        return lambda *given, **more: calls.append(name) or function(*given, **more)

    monkeypatch.setattr(corpus_choice, "corpus_from_bytes", counted("parse", corpus_choice.corpus_from_bytes))
    monkeypatch.setattr(Store, "get", counted("get", Store.get))
    monkeypatch.setattr(Store, "load_or_compute", counted("put", Store.load_or_compute))
    app = with_file(data=b"a text of this test\n")
    assert calls == ["parse", "put"]
    app.run().run()
    assert calls == ["parse", "put"] and app.text[0].value == "mine.txt 1"
    again = opened(**address(app))
    again.run()
    assert calls == ["parse", "put"] and again.text[0].value == "mine.txt 1"
    Store().clear("uploads")
    assert opened(**address(app)).text[0].value == "none" and calls == ["parse", "put", "get"]
    app.run()  # the file is still in its control
    assert calls == ["parse", "put", "get", "put"] and opened(**address(app)).text[0].value == "mine.txt 1"


def test_other_bytes_and_another_field_are_parsed_anew() -> None:
    app = with_file("mine.csv", b"question,b\nx,y\nz,w\n")
    assert app.text[0].value == "mine.csv 2"
    app.text_input(key="toy-texts-file-field").set_value("nothing").run()
    assert app.error or app.exception
    app.text_input(key="toy-texts-file-field").set_value("b").run()
    assert app.text[0].value == "mine.csv 2" and not app.exception
    assert with_file("mine.csv", b"question,b\nx,y\n").text[0].value == "mine.csv 1"
