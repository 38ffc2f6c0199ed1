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
