"""A real language model, named in ``HYPVIZ_REAL_MODEL``; `tests.real.unpack` makes its folder. In CI these tests may not skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.conftest import app_url, browser, chromium, page

__all__ = ["app_url", "browser", "chromium", "page"]
VARIABLE = "HYPVIZ_REAL_MODEL"


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The folder of SmolLM2-135M-Instruct (49,152 rows of width 576, 30 layers, tied); skips with the reason where there is none."""
    named = os.environ.get(VARIABLE)
    if named and (Path(named) / "model.safetensors").is_file():
        return Path(named)
    reason = f"{VARIABLE} names no folder with a real model; make one with python -m tests.real.unpack"
    if os.environ.get("HYPVIZ_REQUIRE_REAL"):
        pytest.fail(reason)
    pytest.skip(reason)
