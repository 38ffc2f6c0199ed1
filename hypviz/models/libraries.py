"""The one door through which transformers is imported.

Its package replaces itself in `sys.modules` at the end of its import, so a second thread that asks for it meanwhile is left
with the discarded module, which has no classes (``cannot import name 'AutoModelForCausalLM'``). A lock makes the second wait.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType

_IMPORTING = threading.Lock()


def transformers_library() -> ModuleType:
    """The complete transformers package, whichever thread asks first."""
    with _IMPORTING:
        importlib.import_module("transformers")
    return sys.modules["transformers"]
