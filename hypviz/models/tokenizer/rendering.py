"""Rendering the chat template of a model's folder: a program of strangers, so in transformers' sandbox, and with an end.

In: the template's text and conversations. Out: their texts, or one sentence for a template that raises, runs too long, or writes or
multiplies too much. A template that writes the date is told the same day always, so that a question is the same prompt tomorrow.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hypviz.errors import HypvizError
from hypviz.models.live.config import one_line
from hypviz.models.live.libraries import transformers_library
from hypviz.models.tokenizer.bounds import LARGEST, Endless, guard

SECONDS, SECONDS_EACH = 5.0, 0.05
DAY = datetime(2024, 7, 26)  # what Llama 3's own template writes where it is told no day

Conversation = Sequence[Mapping[str, str]]


def render(template: str, conversations: Sequence[Conversation], variables: Mapping[str, str], *, opened: bool, label: str) -> list[str]:
    """The text of each conversation, with `opened` up to where the answer begins; `label` names the model in errors.

    It runs in a thread of its own, which is ended after `SECONDS` and `SECONDS_EACH` for every conversation.
    """
    compiled = compiled_template(template, label)
    texts: list[str] = []
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for turns in conversations:
                texts.append(_written(compiled, turns, variables, opened))
        except BaseException as error:  # whatever a template raises is told in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=write, name="chat template", daemon=True)
    thread.start()
    thread.join(SECONDS + SECONDS_EACH * len(conversations))
    if thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Endless))
        raise HypvizError(f"The chat template of {label} did not come to an end; {_ADVICE}.")
    if failed:
        raise _told(failed[0], label)
    return texts


_ADVICE = "choose another template, or put the model's own chat_template.jinja there"


def compiled_template(template: str, label: str) -> Any:
    """The template in transformers' sandbox, which multiplies no text beyond `LARGEST`; `HypvizError` for one that is no template."""
    transformers_library()
    from transformers.utils import chat_template_utils

    make: Any = getattr(chat_template_utils, "_compile_jinja_template")  # noqa: B009 it has no public name, and the sandbox is made there
    try:
        environment: Any = make("").environment  # jinja works out constants as it compiles, so the template itself comes after the guard
        guard(environment)
        environment.globals["strftime_now"] = DAY.strftime
        return environment.from_string(template)
    except Exception as error:  # jinja's errors of syntax, and what transformers refuses
        raise _told(error, label) from error


def _written(compiled: Any, turns: Conversation, variables: Mapping[str, str], opened: bool) -> str:
    pieces: list[str] = []
    size = 0
    told = [dict(turn) for turn in turns]
    for piece in compiled.generate(messages=told, tools=None, documents=None, add_generation_prompt=opened, **variables):
        size += len(piece)
        if size > LARGEST:
            raise Endless
        pieces.append(piece)
    return "".join(pieces)


def _told(error: BaseException, label: str) -> HypvizError:
    if isinstance(error, (Endless, MemoryError, RecursionError)):
        return HypvizError(f"The chat template of {label} writes more than {LARGEST:,} characters or goes on for ever; {_ADVICE}.")
    return HypvizError(f"The chat template of {label} does not take this question ({one_line(error)}); {_ADVICE}.")
