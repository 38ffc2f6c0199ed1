"""What transformers, PEFT and our own loading say while a model, a tokenizer or an adapter is read: sentences for the person.

Both libraries warn through `logging` (some messages once a process) and through `warnings`, and a command line keeps both quiet.
Inside `hearing` the warnings of this thread are kept, each once, on one line and without colours. Left out are notices that are not
about what is being read: deprecations, packages that would be faster, sampling flags (a model's own generation defaults are set aside
here), and transformers' table of tensors, which `loading` words itself.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from hypviz.models.live.libraries import transformers_library

_LOGGERS = ("transformers", "peft", "hypviz.models")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NOT_ABOUT_THE_MODEL = re.compile(
    r"deprecat|will be removed|LOAD REPORT|fast path|pip install|is not installed|generation flags are not valid", re.IGNORECASE
)
_LONGEST = 400
_ONE_AT_A_TIME = threading.RLock()  # the filters of `warnings` belong to the whole process


class _Ear(logging.Handler):
    """Keeps what the listening thread logs; deaf otherwise."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.listening = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        heard: list[str] | None = getattr(self.listening, "heard", None)
        if heard is not None:
            _keep(heard, record.getMessage(), "" if record.name.startswith("hypviz") else f"{record.name.partition('.')[0]} warns: ")


_EAR = _Ear()


@contextmanager
def hearing() -> Generator[list[str]]:
    """The list that fills with sentences while the block reads something; blocks of other threads wait."""
    library = transformers_library()
    heard: list[str] = []
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        _open_ears()
        library.utils.logging.warning_once.cache_clear()  # another model may have said the same
        owner, elsewhere = threading.get_ident(), warnings.showwarning

        def show(
            message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
        ) -> None:
            if threading.get_ident() != owner or not issubclass(category, UserWarning):
                elsewhere(message, category, filename, lineno, file, line)
            elif "/peft/" in filename.replace("\\", "/"):
                _keep(heard, str(message), "peft warns: ")
            else:
                _keep(heard, str(message), "transformers warns: ")

        warnings.filterwarnings("always", category=UserWarning)
        warnings.showwarning = show
        before, _EAR.listening.heard = getattr(_EAR.listening, "heard", None), heard
        try:
            yield heard
        finally:
            _EAR.listening.heard = before


def _open_ears() -> None:
    """Let warnings pass their loggers as far as the ear; what else would show them stays as quiet as it was."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        quiet = logger.getEffectiveLevel()
        if quiet > logging.WARNING:
            for handler in logger.handlers:
                if handler is not _EAR:
                    handler.setLevel(max(handler.level, quiet))
            logger.setLevel(logging.WARNING)
        if _EAR not in logger.handlers:
            logger.addHandler(_EAR)


def _keep(heard: list[str], message: str, speaker: str) -> None:
    text = " ".join(_COLOURS.sub("", message).split())
    if not text or _NOT_ABOUT_THE_MODEL.search(text):
        return
    cut = text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    if speaker + cut not in heard:
        heard.append(speaker + cut)
