"""The list of all models on this machine, whole ones first; asks nobody and reads no weight.

In: a deadline for the operator's folders, which may be large. Out: `ModelsHere`. What is broken stands in the list with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypviz.errors import HypvizError
from hypviz.models.here.folders import models_below
from hypviz.models.here.hub_cache import PLACE, cached_models, fetched_vocabularies
from hypviz.models.here.other_stores import stored_ggufs, stores
from hypviz.models.source.roots import model_roots
from hypviz.records.local_models import LocalModel, ModelsHere
from hypviz.work import Deadline

PATIENCE_S = 10.0  # for the operator's folders


def models_here(deadline: Deadline | None = None) -> ModelsHere:
    """Every model of the hub cache, of Ollama and LM Studio, and below ``HYPVIZ_MODELS``; raises nothing."""
    from huggingface_hub import constants

    cache, notes = Path(constants.HF_HUB_CACHE), list[str]()
    found = [
        *_told(f"The hub cache {cache}", lambda: cached_models(cache), notes),
        *_told("What was fetched of vocabularies", fetched_vocabularies, notes),
        *_told("The stores of Ollama and LM Studio", lambda: list(stored_ggufs()), notes),
    ]
    deadline, roots = deadline or Deadline(PATIENCE_S), model_roots()
    for root in roots:
        below, closed = models_below(root, deadline)
        found += below
        notes += closed
    once = {each.source: each for each in reversed(found)}  # folders named twice, or one within another
    return ModelsHere(
        models=tuple(sorted(once.values(), key=_order)),
        looked_at=(str(cache), *(str(place) for place in stores()), *(str(root) for root in roots)),
        notes=tuple(notes),
    )


def _order(model: LocalModel) -> tuple[bool, bool, str, str]:
    """Whole ones first, the hub's before others, by place and name."""
    return model.problem is not None, model.place != PLACE, model.place, model.name.lower()


def _told(what: str, find: Callable[[], list[LocalModel]], notes: list[str]) -> list[LocalModel]:
    try:
        return find()
    except HypvizError as error:
        notes.append(f"{what} cannot be looked through: {error}")
    except OSError as error:
        notes.append(f"{what} cannot be looked through ({error.strerror}); check the permissions.")
    return []
