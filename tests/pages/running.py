"""Running a page of the app in an AppTest until its background job has ended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app.py"


def open_page(page: str, model: str, **choices: str) -> AppTest:
    """The page with `model` and `choices` in the URL, run once."""
    app = AppTest.from_file(str(APP), default_timeout=240)
    app.query_params["model"] = model
    app.run()
    app.switch_page(page)
    for name, value in choices.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    """Everything a person reads on the page, except tables and what components draw."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def past_runs(app: AppTest) -> pd.DataFrame:
    """The list of runs on the Fine-tune page, under its lower row of headings."""
    (found,) = [frame.value for frame in app.dataframe if isinstance(frame.value.columns, pd.MultiIndex)]
    return found.droplevel(0, axis=1)


def press(app: AppTest, label: str) -> AppTest:
    """Click the first button with that label."""
    return next(button for button in app.button if button.label == label).click().run()


def run_until(app: AppTest, there: Callable[[], object], seconds: float = 240) -> None:
    """Run the page again and again until `there` is true or the page shows an error; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not there() and not app.error and not app.exception:
        assert time.monotonic() < end, "the page did not finish in time"
        time.sleep(0.1)
        app.run()


def at_rest(app: AppTest) -> bool:
    """Whether no job is under way: what is drawn is a result, not a part of it."""
    return not [button for button in app.button if button.label == "Stop"]


def answers_shown(app: AppTest) -> list[dict[str, Any]]:
    """What the component of each answer got, without what the models read."""
    shown = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return [data for data in shown if data["label"].startswith("Answer of")]
