"""A browser that shows the app asks the app alone: no page, icon, font or script comes from another host."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from hypviz.ui.shell.pages import MENU
from tests.browser.acting import MINUTES, at_rest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ICON = "document.querySelector('link[rel~=icon]').href"


@pytest.mark.parametrize("name", [entry.name for entry in MENU])
def test_no_request_of_a_page_leaves_this_machine(page: Any, app_url: str, name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/{'' if name == 'start' else name}?model=bundled", timeout=3 * MINUTES)
    page.locator("h1").wait_for(timeout=3 * MINUTES)
    at_rest(page)
    page.wait_for_function(f"!{ICON}.endsWith('/favicon.png')")  # Streamlit's own, until the app has said which
    assert any(url.startswith(app_url) for url in asked)
    assert [url for url in asked if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(app_url)] == []
    assert page.evaluate(ICON).startswith(f"{app_url}/media/")
