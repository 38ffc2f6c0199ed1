"""A real language model, named in ``HYPVIZ_REAL_MODEL``; `tests.real.unpack` makes its folder. In CI these tests may not skip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from tests.browser.conftest import app_url, browser, chromium, page

__all__ = ["app_url", "browser", "chromium", "page"]
VARIABLE, GGUF_VARIABLE = "HYPVIZ_REAL_MODEL", "HYPVIZ_REAL_GGUF"


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The folder of SmolLM2-135M-Instruct (49,152 rows of width 576, 30 layers, tied); skips with the reason where there is none."""
    named = os.environ.get(VARIABLE)
    if named and (Path(named) / "model.safetensors").is_file():
        return Path(named)
    _without(f"{VARIABLE} names no folder with a real model; make one with python -m tests.real.unpack")


@pytest.fixture(scope="session")
def real_gguf(real_model: Path) -> Path:
    """The GGUF file that the real model was unpacked from (Q4_1, its table Q8_0): in its folder, or named in a variable of its own."""
    named = os.environ.get(GGUF_VARIABLE)
    found = [Path(named)] if named else sorted(real_model.glob("*.gguf"))
    if found and found[0].is_file():
        return found[0]
    _without(f"{real_model} holds no GGUF file and {GGUF_VARIABLE} names none; unpack the model again with python -m tests.real.unpack")


def _without(reason: str) -> NoReturn:
    """Skip with the reason; in CI that is a failure."""
    if os.environ.get("HYPVIZ_REQUIRE_REAL"):
        pytest.fail(reason)
    pytest.skip(reason)
