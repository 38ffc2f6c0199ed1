"""Choices in the browser's address: they come back from a reload, a link, Back and another page; a foreign text is said."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    """A page with one choice of each type, written back by their names."""
    import streamlit as st

    from hypviz.ui.shell.address import Kept
    from hypviz.ui.shell.page import page

    title = st.session_state.get("title", "One")
    with page(title, "A page."):
        if title != "One":
            return
        kept = Kept("one")
        st.selectbox("Method", ["plain", "other"], key=kept.key("method", "plain", among=["plain", "other"], key="method"))
        st.number_input("N", 1, 9, key=kept.key("n", 4, low=1, high=9, key="n"))
        st.slider("Warmth", 0.0, 2.0, step=0.1, key=kept.key("warmth", 0.0, low=0.0, high=2.0, key="warmth"))
        st.checkbox("Exact", key=kept.key("exact", False, key="exact"))
        st.text_input("Text", key=kept.key("text", "", key="text"))
        st.selectbox("Pair", [0, 1], key=kept.key("pair", 1, among={"first": 0, "second": 1}, key="pair"))
        st.selectbox("Run", ["r1", "r2"], key=kept.key("run", "r1", among=["r1", "r2"], key="run", explicit=True))
        names = ("method", "n", "warmth", "exact", "text", "pair", "run")
        kept.keep(**{name: st.session_state[name] for name in names})


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def address(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


def test_defaults_stay_out_of_the_address_unless_they_are_to_be_told() -> None:
    app = opened()
    assert address(app) == {"run": "r1"} and not app.warning and not app.exception


def test_every_type_comes_back_after_a_reload() -> None:
    app = opened()
    app.selectbox(key="method").set_value("other")
    app.number_input(key="n").set_value(7)
    app.slider(key="warmth").set_value(0.7)
    app.checkbox(key="exact").check()
    app.text_input(key="text").set_value("2 + 2 = ?, <b>")
    app.selectbox(key="pair").set_value(0)
    app.run()
    said = address(app)
    assert said == {
        "method": "other", "n": "7", "warmth": "0.7", "exact": "yes", "text": "2 + 2 = ?, <b>", "pair": "first", "run": "r1",
    }  # fmt: skip
    again = opened(**said)
    assert not again.exception and not again.warning and address(again) == said
    values = [again.session_state[name] for name in ("method", "n", "warmth", "exact", "text", "pair")]
    assert values == ["other", 7, 0.7, True, "2 + 2 = ?, <b>", 0]


def test_back_takes_the_widgets_back_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.ui.shell.address._went_back", lambda: True)
    app = opened()
    app.number_input(key="n").set_value(7).run()
    app.number_input(key="n").set_value(8).run()
    app.query_params["n"] = "7"  # what the browser sends after one step back
    assert app.run().number_input(key="n").value == 7
    del app.query_params["n"]
    assert app.run().number_input(key="n").value == 4
    assert "n" not in address(app) and not app.warning


def test_a_click_before_the_browser_has_the_new_address_takes_no_choice_back() -> None:
    app = opened()
    old = address(app)
    app.number_input(key="n").set_value(7).run()
    app.query_params.clear()  # the click was made before the address of the choice had reached the browser
    for name, value in old.items():
        app.query_params[name] = value
    app.checkbox(key="exact").check().run()
    assert app.number_input(key="n").value == 7 and address(app) == old | {"n": "7", "exact": "yes"}


def test_a_choice_is_not_overrun_by_what_the_address_said_before() -> None:
    app = opened(n="7")
    app.number_input(key="n").set_value(2).run()
    app.text_input(key="text").set_value("x").run()
    assert app.number_input(key="n").value == 2 and address(app)["n"] == "2"


def test_what_no_choice_has_is_said_once_and_the_default_stands() -> None:
    app = opened(method="nope", n="70", warmth="nan", exact="1", pair="third")
    said = "\n".join(warning.value for warning in app.warning).replace("\\", "")
    assert len(app.warning) == 5 and not app.exception
    assert all(text in said for text in ("method=nope", "n=70", "between 1 and 9", "warmth=nan", "exact=1", "pair=third"))
    assert [app.session_state[name] for name in ("method", "n", "warmth", "exact", "pair")] == ["plain", 4, 0.0, False, 1]
    assert not app.run().warning and address(app) == {"run": "r1"}


def test_of_a_long_text_only_the_beginning_is_said() -> None:
    (warning,) = opened(method="m" * 5000).warning
    assert "method=" + 80 * "m" + " …" in warning.value.replace("\\", "") and len(warning.value) < 300


def test_another_page_and_back_keeps_what_was_chosen() -> None:
    app = opened()
    app.number_input(key="n").set_value(7).run()
    app.session_state["title"] = "Two"
    app.query_params.clear()
    app.run()
    app.session_state["title"] = "One"
    app.query_params.clear()
    assert app.run().number_input(key="n").value == 7 and address(app)["n"] == "7"


def spec_script() -> None:
    """A page whose choices are the fields of a spec."""
    from dataclasses import dataclass

    import streamlit as st

    from hypviz.records.spec import Spec
    from hypviz.ui.shell.address import Kept

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Asked(Spec):
        n: int = 4
        method: str = "plain"
        seed: int = 0

    kept = Kept("spec", prefix="s-")
    n = st.number_input("N", 1, 9, key=kept.key("n", 5, low=1, high=9))
    method = st.selectbox("Method", ["plain", "other"], key=kept.key("method", "plain", among=["plain", "other"]))
    kept.keep_spec(Asked(n=int(n), method=str(method), seed=3))


def test_a_spec_is_kept_by_its_fields_against_the_default_of_the_widget() -> None:
    app = AppTest.from_function(spec_script, default_timeout=60).run()
    assert address(app) == {"s-seed": "3"}
    app.number_input(key="spec-s-n").set_value(4).run()
    assert address(app) == {"s-seed": "3", "s-n": "4"}  # the spec's own default, which the widget's is not


def tab_script() -> None:
    """Two tabs."""
    from hypviz.ui.shell.address import Kept

    one, two = Kept("tabbed").tabs("tab", {"first": "The first", "second": "The second"})
    one.write(f"first {one.open}")
    two.write(f"second {two.open}")


def test_the_open_tab_is_in_the_address() -> None:
    app = AppTest.from_function(tab_script, default_timeout=60)
    app.query_params["tab"] = "second"
    app.run()
    assert "second True" in [element.value for element in app.markdown] and address(app) == {"tab": "second"}
    assert address(app.run()) == {"tab": "second"} and not app.exception


def popover_script() -> None:
    """The same control before a popover and in it."""
    import streamlit as st

    from hypviz.ui.shell.address import Kept

    kept = Kept("folded")
    st.selectbox("Before", ["a", "b"], key=kept.key("before", "b", among=["a", "b"]))
    with st.popover("More"), kept.folded():
        st.selectbox("Inside", ["a", "b"], key=kept.key("inside", "b", among=["a", "b"]))
    st.selectbox("After", ["a", "b"], key=kept.key("after", "b", among=["a", "b"]))


def test_in_a_popover_every_run_says_the_choice() -> None:
    app = AppTest.from_function(popover_script, default_timeout=60).run()
    for chosen in ("b", "b", "a", "a"):
        app.selectbox(key="folded-inside").set_value(chosen).run()
        app.run()
        found = {name: app.selectbox(key=f"folded-{name}").proto for name in ("before", "inside", "after")}
        assert [proto.set_value for proto in found.values()] == [False, True, False]
        assert found["inside"].raw_value == chosen and app.selectbox(key="folded-inside").value == chosen
