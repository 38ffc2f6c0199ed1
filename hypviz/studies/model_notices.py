"""What a person must know before believing a model: its libraries' warnings, files that disagree, labels that cannot be true.

Warnings and the loss on plain text are measured once, when the model is first read, and kept by its fingerprint; whoever reads it to
answer measures them on the way. What the files say is looked at anew, because some of them are no part of the fingerprint.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from hypviz.errors import HypvizError, ModelError
from hypviz.records.models import BFLOAT16, FLOAT32, ModelNotices, ModelRef
from hypviz.records.specs.models import NoticesSpec
from hypviz.store import Store
from hypviz.studies.frame import Sitting, Study

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_NOT_MEASURED = "Whether its tokenizer belongs to it was not measured: {why}."
_SILENT = "it does not write text here"
MOST_PARAMETERS = 2_000_000_000  # 8 GB in float32: beyond, reading the weights takes minutes


def load_for_answers(
    ref: ModelRef, *, store: Store | None = None, to_answer: bool = True
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model in the format in which it answers and its tokenizer, for one thread's use; what it is to be known for is stored on the way.

    Raises `ModelError` also where the files are not those of `ref` any more, and unless `to_answer` is False for a model that only reads.
    """
    model, tokenizer, heard = _read(ref, to_answer=to_answer)
    measured = dataclasses.replace(NOTICES, measure=lambda _spec, _sitting: _measured(ref, model, heard))
    measured.get(NoticesSpec(model=ref), store=store)
    return model, tokenizer


def model_notices(ref: ModelRef, *, store: Store | None = None) -> ModelNotices:
    """Stored or measured by reading the whole model; where that cannot be, the record says so and is not stored."""
    found = stored_notices(ref, store=store)
    if found is not None:
        return found
    from hypviz.models import estimate, load_tokenizer
    from hypviz.models.live.architecture import no_answers
    from hypviz.models.live.hearing import hearing

    n = estimate(ref.path, trust_remote_code=ref.trust_remote_code).n_parameters
    why = f"it has {n / 1e9:.1f} billion parameters, which take minutes to read; it is measured when it first answers"
    if no_answers(ref) is not None:
        why = _SILENT
    elif ref.only_vocabulary:
        why = "that needs the whole model, of which only the vocabulary is here"
    elif n <= MOST_PARAMETERS:
        try:
            return NOTICES.get(NoticesSpec(model=ref), store=store).record
        except HypvizError as error:
            why = str(error).rstrip(".")
    with hearing() as heard:
        load_tokenizer(ref)
    return ModelNotices(warnings=tuple(heard), plain_text=None, not_measured=_NOT_MEASURED.format(why=why))


def stored_notices(ref: ModelRef, *, store: Store | None = None) -> ModelNotices | None:
    """What is known without reading the model, or None."""
    return NOTICES.stored(NoticesSpec(model=ref), store=store)


def sentences(ref: ModelRef, notices: ModelNotices | None) -> tuple[str, ...]:
    """Everything to be said of a model, what concerns its labels first."""
    from hypviz.models.tokenizer.special_tokens import disagreements

    said = [label_sentence(ref, notices)] if notices is not None else []
    said.append(computing_sentence(ref))
    if notices is not None:
        said += [notices.not_measured, *notices.warnings]
    return tuple(dict.fromkeys(text for text in (*said, *disagreements(ref)) if text))


def computing_sentence(ref: ModelRef) -> str | None:
    """Where and in which format the model answers, and why; None for float32 on the CPU of a machine without a GPU."""
    from hypviz.models import summarise
    from hypviz.models.live.device import place_sentence
    from hypviz.models.live.number import number_sentence

    number = None if ref.number == FLOAT32 else number_sentence(ref, summarise(ref).n_parameters)
    return " ".join(filter(None, (place_sentence(ref), number))) or None


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


def _read(ref: ModelRef, *, to_answer: bool = True) -> tuple[PreTrainedModel, PreTrainedTokenizerBase, tuple[str, ...]]:
    """The model where and in the format in which it answers, its tokenizer, and what the libraries said; raises `ModelError`."""
    from hypviz.models import load_model, load_tokenizer, resolve
    from hypviz.models.live.device import put_on
    from hypviz.models.live.hearing import hearing

    with hearing() as heard:
        tokenizer = load_tokenizer(ref)
        model = load_model(ref, dtype=BFLOAT16 if ref.number == BFLOAT16 else FLOAT32, to_answer=to_answer)
        model = put_on(model, ref.device, ref.label)
    if resolve(ref.path, trust_remote_code=ref.trust_remote_code).fingerprint != ref.fingerprint:
        raise ModelError(f"The files of {ref.label} changed while they were read; load the model again.")
    return model, tokenizer, tuple(heard)


def _measured(ref: ModelRef, model: PreTrainedModel, heard: tuple[str, ...]) -> ModelNotices:
    from hypviz.models import summarise
    from hypviz.models.live.architecture import no_answers
    from hypviz.models.live.config import one_line
    from hypviz.models.live.plain_text import plain_text_loss
    from hypviz.models.tokenizer.tokens import encoder

    if no_answers(ref) is not None:
        return ModelNotices(warnings=heard, plain_text=None, not_measured=_NOT_MEASURED.format(why=_SILENT))
    try:
        found = plain_text_loss(model, encoder(ref), longest=summarise(ref).max_positions)
    except Exception as error:  # an architecture can refuse a plain forward pass in many ways; the person is told which
        return ModelNotices(warnings=heard, plain_text=None, not_measured=_NOT_MEASURED.format(why=one_line(error)))
    return ModelNotices(warnings=heard, plain_text=found, not_measured=None)


def _read_and_measured(spec: NoticesSpec, sitting: Sitting[ModelNotices]) -> ModelNotices:
    model, _, heard = _read(spec.model)
    return _measured(spec.model, model, heard)


NOTICES = Study(
    kind="model_notices",
    record=ModelNotices,
    algorithm=1,
    measure=_read_and_measured,
    libraries=lambda spec: ("torch", "transformers"),
)
