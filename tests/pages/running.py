"""Running a page of the app in an AppTest until its background job has ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"


def open_page(page: str, model: str) -> AppTest:
    """The page with `model` chosen in the URL, run once."""
    app = AppTest.from_file(str(APP), default_timeout=240)
    app.query_params["model"] = model
    app.run()
    return app.switch_page(page).run()


def run_until(app: AppTest, there: Callable[[], object], seconds: float = 240) -> None:
    """Run the page again and again until `there` is true or the page shows an error; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not there() and not app.error and not app.exception:
        assert time.monotonic() < end, "the page did not finish in time"
        time.sleep(0.1)
        app.run()
