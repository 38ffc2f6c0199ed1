"""What a person must know before believing a model: its libraries' warnings, files that disagree, labels that cannot be true.

Warnings and the loss on plain text are measured once, when the model is first read, and kept by its fingerprint; whoever reads it to
answer measures them on the way. What the files say is looked at anew, because some of them are no part of the fingerprint.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hypviz.errors import HypvizError, ModelError
from hypviz.records.models import ModelNotices, ModelRef
from hypviz.store import Store

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

KIND = "model_notices"
ALGORITHM = 1
_NOT_MEASURED = "Whether its tokenizer belongs to it was not measured: {why}."
MOST_PARAMETERS = 2_000_000_000  # 8 GB in float32: beyond, reading the weights takes minutes


def load_for_answers(ref: ModelRef, *, store: Store | None = None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model in float32 and its tokenizer, for one thread's use; what it is to be known for is stored on the way.

    Raises `ModelError` also where the files are not those of `ref` any more.
    """
    from hypviz.models import load_model, load_tokenizer, resolve
    from hypviz.models.live.hearing import hearing

    store = store or Store()
    with hearing() as heard:
        tokenizer, model = load_tokenizer(ref), load_model(ref, dtype="float32")
    if resolve(ref.path, trust_remote_code=ref.trust_remote_code).fingerprint != ref.fingerprint:
        raise ModelError(f"The files of {ref.label} changed while they were read; load the model again.")
    store.load_or_compute(KIND, _spec(ref), ModelNotices, lambda: _measured(ref, model, tuple(heard)))
    return model, tokenizer


def model_notices(ref: ModelRef, *, store: Store | None = None) -> ModelNotices:
    """Stored or measured by reading the whole model; where that cannot be, the record says so and is not stored."""
    found = stored_notices(ref, store=store)
    if found is not None:
        return found
    from hypviz.models import estimate, load_tokenizer
    from hypviz.models.live.hearing import hearing

    n = estimate(ref.path, trust_remote_code=ref.trust_remote_code).n_parameters
    why = f"it has {n / 1e9:.1f} billion parameters, which take minutes to read; it is measured when it first answers"
    if n <= MOST_PARAMETERS:
        try:
            load_for_answers(ref, store=store)
            return stored_notices(ref, store=store) or ModelNotices(warnings=(), plain_text=None, not_measured=None)
        except HypvizError as error:
            why = str(error).rstrip(".")
    with hearing() as heard:
        load_tokenizer(ref)
    return ModelNotices(
        warnings=tuple(heard), plain_text=None, not_measured=f"Whether its tokenizer belongs to it was not measured: {why}."
    )


def stored_notices(ref: ModelRef, *, store: Store | None = None) -> ModelNotices | None:
    """What is known without reading the model, or None."""
    return (store or Store()).get(KIND, _spec(ref), ModelNotices)


def sentences(ref: ModelRef, notices: ModelNotices | None) -> tuple[str, ...]:
    """Everything to be said of a model, what concerns its labels first."""
    from hypviz.models.tokenizer.special_tokens import disagreements

    said = [label_sentence(ref, notices)] if notices is not None else []
    if notices is not None:
        said += [notices.not_measured, *notices.warnings]
    return tuple(dict.fromkeys(text for text in (*said, *disagreements(ref)) if text))


def label_sentence(ref: ModelRef, notices: ModelNotices | None) -> str | None:
    """The sentence on a model that predicts no plain text, so that no label of its tokens can be trusted; None for all others."""
    found = None if notices is None else notices.plain_text
    if found is None or found.is_predicted:
        return None
    others = f"; {found.n_texts - 1} texts in other languages likewise" if found.n_texts > 1 else ""
    return (
        f"{ref.label} predicts plain text {'no' if found.loss >= found.chance else 'hardly'} better than chance ({found.language}: loss "
        f"{found.loss:.1f} nats a token, {found.shuffled:.1f} with the same tokens out of order, {found.chance:.1f} for knowing nothing"
        f"{others}): its weights are untrained or nearly so, or its tokenizer does not belong to it, or it was made for something else "
        "than text. Until that is clear, trust no token's label on these pages."
    )


def short_label_sentence(ref: ModelRef, notices: ModelNotices | None) -> str | None:
    """The same in one line, for where the long sentence stands elsewhere."""
    if label_sentence(ref, notices) is None:
        return None
    return "Trust no token's label: this model predicts plain text no better than chance, or hardly (more on the Start page)."


def _measured(ref: ModelRef, model: PreTrainedModel, heard: tuple[str, ...]) -> ModelNotices:
    from hypviz.models import summarise
    from hypviz.models.live.config import one_line
    from hypviz.models.live.plain_text import plain_text_loss
    from hypviz.models.tokenizer.tokens import encoder

    try:
        found = plain_text_loss(model, encoder(ref), longest=summarise(ref).max_positions)
    except Exception as error:  # an architecture can refuse a plain forward pass in many ways; the person is told which
        return ModelNotices(warnings=heard, plain_text=None, not_measured=_NOT_MEASURED.format(why=one_line(error)))
    return ModelNotices(warnings=heard, plain_text=found, not_measured=None)


def _spec(ref: ModelRef) -> dict[str, Any]:
    versions = {name: version(name) for name in ("torch", "transformers")}
    return {"model": ref.fingerprint, "algorithm": ALGORITHM, "versions": versions}
