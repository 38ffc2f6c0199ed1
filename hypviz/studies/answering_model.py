"""The one language model in memory that all sessions share: the last one asked for, until nobody has asked for it for a while."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

from hypviz.models.live.held import Held
from hypviz.models.live.loading import require_whole
from hypviz.models.live.memory import give_way
from hypviz.records.models import ModelRef
from hypviz.store import Store

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

IDLE_S = 900.0  # without a question, after which the model is let go
_MODELS: Held[tuple[PreTrainedModel, PreTrainedTokenizerBase]] = Held(1)
_GUARD = threading.Lock()
_waiting: list[threading.Timer] = []


def answering_model(
    ref: ModelRef, *, store: Store | None = None, to_answer: bool = True
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """(model in the format in which it answers, tokenizer), read where it is not the one in memory, which is let go first.

    Raises `ModelError`; without `to_answer` a model that only reads text is none.
    """
    require_whole(ref, to_answer=to_answer)
    _wait_anew()
    return _MODELS.get((ref.identity, ref.device, ref.path, ref.trust_remote_code), lambda: _read(ref, store))


def let_go() -> None:
    """Forget the model; whoever uses it keeps it."""
    _MODELS.forget()
    gc.collect()


give_way(let_go)


def _read(ref: ModelRef, store: Store | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    from hypviz.studies.model_notices import load_for_answers

    gc.collect()  # of the model before, whose parts hold each other
    return load_for_answers(ref, store=store, to_answer=False)  # which of the two was asked above


def _wait_anew() -> None:
    """Let the model go so long after this moment, unless it is asked for again."""
    with _GUARD:
        for timer in _waiting:
            timer.cancel()
        timer = threading.Timer(IDLE_S, let_go)
        timer.daemon = True
        _waiting[:] = [timer]
        timer.start()
