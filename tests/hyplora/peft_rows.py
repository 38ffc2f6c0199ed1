"""A pytest plugin for `test_peft_suite`: in a copy of PEFT's own tests `LoraConfig` is `HypLoraConfig`, and only its rows run.

Nothing of PEFT's tests is in this project. What the suite imports and no row here uses is given an empty stand-in.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import types

import peft
import pytest

from hypviz.hyplora import HypLoraConfig

if importlib.util.find_spec("diffusers") is None:
    sys.modules["diffusers"] = types.ModuleType("diffusers")
    sys.modules["diffusers"].StableDiffusionPipeline = type("StableDiffusionPipeline", (), {})
peft.LoraConfig = HypLoraConfig


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has nothing to do with LoRA."""
    concerned = [item for item in items if _concerned(item)]
    left = set(concerned)
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = concerned


def _concerned(item: pytest.Item) -> bool:
    """Whether a configuration of the row is HypLoRA's, or, in a test without rows of configurations, whether it makes one itself."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    kinds = [value if isinstance(value, type) else type(value) for value in values]
    configs = [kind for kind in kinds if issubclass(kind, peft.PeftConfig)]
    return any(issubclass(kind, HypLoraConfig) for kind in configs) if configs else "LoraConfig(" in inspect.getsource(item.function)
