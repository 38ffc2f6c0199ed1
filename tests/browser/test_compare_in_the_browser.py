"""What only a browser shows of Compare: a page's own address on a fresh server, and a model's text shown as it is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOSTILE = "<img src=x onerror=\"document.title='bad'\"> -> :smile: $x$ **a**"
MINUTE = 60_000


def test_the_first_visitor_may_open_a_pages_own_address(page: Any, app_url: str) -> None:
    page.goto(f"{app_url}/compare?case=own&run=none&template=none&tokens=8&prompt={quote(HOSTILE)}", timeout=3 * MINUTE)
    page.get_by_role("heading", name="Compare", level=1).wait_for(timeout=3 * MINUTE)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Evaluate", exact=True).wait_for()
    assert page.get_by_test_id("stSidebarNav").get_by_role("link", name="app", exact=True).count() == 0

    page.get_by_role("button", name="Let the base answer").click()
    page.locator('.answer[aria-label="Answer of Base"]:not(.running)').wait_for(timeout=3 * MINUTE)
    page.get_by_text("Read as the answer").wait_for(timeout=3 * MINUTE)
    answer = page.locator(".answer")
    answer.locator("[title*='probability']").first.wait_for()  # the finished answer is a new mount, empty until its script has run
    before = answer.inner_text()
    assert before.strip()
    page.reload()
    page.get_by_text("Read as the answer").wait_for(timeout=3 * MINUTE)
    page.locator(".answer span").first.wait_for()
    assert page.locator(".answer").inner_text() == before


def test_the_browsers_back_and_forward_take_the_choices_with_them(page: Any, app_url: str) -> None:
    page.goto(f"{app_url}/compare", timeout=3 * MINUTE)
    prompt = page.get_by_label("Prompt", exact=True).first
    prompt.wait_for(timeout=3 * MINUTE)
    page.wait_for_url("**/compare?*case=*", timeout=3 * MINUTE)
    before = page.url
    prompt.click()
    page.get_by_role("option", name="Write your own").click()
    page.wait_for_url("**case=own*", timeout=3 * MINUTE)
    own = page.get_by_label("Your prompt", exact=True)
    own.wait_for(timeout=3 * MINUTE)
    page.go_back()
    own.wait_for(state="detached", timeout=3 * MINUTE)
    assert parse_qs(urlsplit(page.url).query)["case"] == parse_qs(urlsplit(before).query)["case"]
    page.go_forward()
    own.wait_for(timeout=3 * MINUTE)
    assert "case=own" in page.url


def test_a_models_text_is_shown_as_it_is(page: Any, app_url: str) -> None:
    """The component's script is run on a page of its own, with text that Markdown or HTML would change."""
    from importlib.resources import files

    module = files("hypviz.ui.shared").joinpath("answer_text.js").read_text(encoding="utf-8")
    folded = '<details class="tokens" hidden><summary>Token by token</summary><table></table></details>'
    page.set_content(f'<title>good</title><div id="host"><div class="answer"></div>{folded}</div>')
    page.add_script_tag(content=module.replace("export default function", "window.draw = function"))
    tokens = [{"text": text, "probability": 0.5} for text in ("same", HOSTILE, "\n")]
    tokens[0] |= {"more": f"Likeliest: {HOSTILE}", "mark": "step3"}
    data = {"label": "Answer", "colour": "#000", "tokens": tokens, "from_base": 1, "from_other": 2, "ending": "end", "running": False}
    data["table"] = {"head": ["Token"], "rows": [["same"], [HOSTILE]]}
    for _ in range(2):  # Streamlit calls it again on every change
        page.evaluate("data => window.draw({ data, parentElement: document.getElementById('host') })", data)
    assert page.locator(".answer").inner_text().startswith("same" + HOSTILE)
    assert page.locator(".answer img").count() == 0 and page.title() == "good"
    assert page.locator(".answer .first").all_inner_texts() == [HOSTILE]
    assert page.locator(".answer .parting").all_text_contents() == ["⏎\n"]
    assert page.locator(".answer .beyond > span").count() == 3
    assert page.locator(".answer .step3").get_attribute("title").endswith(f"Likeliest: {HOSTILE}")
    page.get_by_text("Token by token").focus()
    page.keyboard.press("Enter")
    assert page.locator(".tokens td").all_inner_texts() == ["same", HOSTILE] and page.locator(".tokens img").count() == 0
