"""The one door through which transformers is imported, and the one lock under which it builds models.

Its package replaces itself in `sys.modules` at the end of its import, so a second thread that asks for it meanwhile is left
with the discarded module, which has no classes (``cannot import name 'AutoModelForCausalLM'``). A lock makes the second wait.

While it builds a model it sets torch's default dtype for the whole process and puts the former one back. Two threads at once
leave each other's dtype behind, in half of a model or for good, so whoever builds holds `BUILDING`.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType

_IMPORTING = threading.Lock()
BUILDING = threading.Lock()


def transformers_library() -> ModuleType:
    """The complete transformers package, whichever thread asks first."""
    with _IMPORTING:
        importlib.import_module("transformers")
    return sys.modules["transformers"]
