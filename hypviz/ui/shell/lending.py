"""Lending the one language model that all sessions share: under its lock, with a word to whoever waits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Any

from hypviz.errors import BaseChanged, Stopped
from hypviz.records.models import ModelRef
from hypviz.ui.shell.session import forget_language_model, language_model, model_lock
from hypviz.work import Work


@contextlib.contextmanager
def borrowed(ref: ModelRef, work: Work, say: Callable[[str], None], *, to_answer: bool = True) -> Generator[tuple[Any, Any]]:
    """The shared model under its lock; raises `Stopped` if Stop is pressed while another page has it.

    Without `to_answer` a model that only reads text is lent too.
    A model that adapters have changed is let go, so that whoever comes next reads it again.
    """
    lock = model_lock(ref)
    while not lock.acquire(timeout=0.2):
        say("waiting for the model, which another page is using")
        if work.is_stopped:
            raise Stopped("Stopped while waiting for the model; start again when the other page has finished.")
    try:
        say("reading the model")
        loaded = language_model(ref, to_answer=to_answer)
        say("")
        yield loaded
    except BaseChanged:
        forget_language_model()
        raise
    finally:
        lock.release()
