"""Adapters on a shared base model, for a while: on entering they are loaded beside each other, on leaving the base is itself again.

That it is itself again is not believed but shown, by a checksum of its weights and by the names of its modules.

The model object may be shared by all sessions of a server, so whoever opens a bench holds the model's lock until it is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import BaseChanged, HypvizError
from hypviz.generate.watching import NotNumbers
from hypviz.generate.whole_models import KeptModels, WholeModels, is_whole_model
from hypviz.models.live.device import VARIABLE
from hypviz.records.answers import Column, Weights
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from hypviz.models.live.state import ModelState

Lend = Callable[[], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]  # opens a model and holds its lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A base model with adapters on it; `model` is the base itself, whose layers consult whichever adapter is in use.

    LoRA and HypLoRA adapters live beside each other in `peft_model`, None if there are none; of every other, by the column's name, `alone`
    has the state of the model with it alone, where virtual tokens are read before every text. `whole` has the columns that are models of
    their own.
    """

    ref: ModelRef
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    peft_model: PeftModel | None
    alone: Mapping[str, ModelState]
    whole: WholeModels

    def is_probed(self, column: Column) -> bool:
        """Whether what the column's adapter does by layer can be watched."""
        return self.peft_model is not None and column.name not in self.alone and column.name not in self.whole

    @contextmanager
    def using(self, column: Column) -> Generator[PreTrainedModel]:
        """The model with exactly this column's weights: adapters disabled for the base, one active otherwise, or the column's own model."""
        with self._with(column), _blaming(self.model, [column]):
            yield self.whole.model(column.name, self.model) if column.name in self.whole else self.model

    @contextmanager
    def using_rows(self, columns: Sequence[Column]) -> Generator[tuple[PreTrainedModel, Callable[[Sequence[int]], None]]]:
        """The model with the weights of `columns[i]` for row i of every batch; where several, each is one that `stands_in_rows`.

        Beside it what is to be told the places of the rows that go on, when others are left out of the batch.
        """
        if len(set(columns)) == 1:
            with self.using(columns[0]) as model:
                yield model, _same_for_all
            return
        from hypviz.hyplora.rows import use_rows

        assert self.peft_model is not None, "several columns without an adapter between them"
        with use_rows(self.peft_model, [column.name for column in columns]) as keep, _blaming(self.model, columns):
            yield self.model, keep

    def stands_in_rows(self, column: Column) -> bool:
        """Whether the column can be some rows of a batch whose others are other columns', as far as its settings say."""
        if self.peft_model is None or column.name in self.alone or column.name in self.whole:
            return False
        from hypviz.hyplora.rows import tells_rows_apart

        return column.adapter is None or tells_rows_apart(self.peft_model, column.name)

    def _with(self, column: Column) -> AbstractContextManager[object]:
        if column.name in self.alone:
            return _in_state(self.model, self.alone[column.name])
        if self.peft_model is None or column.name in self.whole:
            return nullcontext()
        from hypviz.hyplora import use_adapter

        return use_adapter(self.peft_model, column.name)


def _same_for_all(places: Sequence[int]) -> None:
    """All rows have the same weights."""


def _is_out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError)


@contextmanager
def _blaming(model: PreTrainedModel, columns: Sequence[Column]) -> Generator[None]:
    """Errors that name the columns that were answering."""
    names = " and ".join(dict.fromkeys(column.name for column in columns))
    try:
        yield
    except MemoryError as error:
        raise HypvizError(_no_room(model, names)) from error
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise HypvizError(_no_room(model, names)) from error
    except NotNumbers as error:
        adapted = " or ".join(dict.fromkeys(column.name for column in columns if column.adapter is not None))
        if not adapted:
            raise
        raise NotNumbers(f"With {adapted} the logits are not numbers (NaN); its weights are damaged or overflow, leave it out.") from error


def _no_room(model: PreTrainedModel, names: str) -> str:
    """What to do where the memory ended in the middle of an answer."""
    where = model.device
    other = "" if where.type == "cpu" else f", or start with {VARIABLE}=cpu"
    return f"While {names} was answering, the memory of {where} ended; ask for fewer new tokens, close other programs{other}."


@contextmanager
def _in_state(model: PreTrainedModel, state: ModelState) -> Generator[None]:
    """The model as it was when `state` was taken, and then as it is now."""
    now = type(state).of(model)
    state.restore()
    try:
        yield
    finally:
        now.restore()


@contextmanager
def bench(
    ref: ModelRef,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    columns: Sequence[Column],
    *,
    weights: Mapping[str, Weights] | None = None,
    kept: KeptModels | None = None,
) -> Generator[Bench]:
    """Load every column's adapter onto `model`; raises `AdapterError` with the model as it was if one does not belong to it.

    `weights` are those of the columns by name, under which the answers will be known: an adapter that was replaced since is refused.
    Columns that are whole models stay in memory while they are `kept`, without that until the bench is closed.
    `BaseChanged` if the base's weights are not the bits they were before the first adapter ever came, with the adapters on or after
    they have gone: what was answered meanwhile is nobody's answer, and the model is not to be used again.
    """
    from hypviz.models.live.state import ModelState

    given = [column for column in columns if column.adapter is not None]
    models = KeptModels() if kept is None else kept
    whole = WholeModels(ref, tuple(column for column in given if is_whole_model(str(column.adapter))), dict(weights or {}), models)
    adapted = [column for column in given if column.name not in whole]
    before = ModelState.of(model)
    checksum = before.first_checksum()
    try:
        alone = _each_alone(ref, model, [column for column in adapted if not _in_family(column)], weights or {}, before)
        peft_model = _with_adapters(ref, model, [column for column in adapted if column.name not in alone], weights or {})
        _require_same(before.checksum() == checksum, ref, adapted)
        yield Bench(ref=ref, model=model, tokenizer=tokenizer, peft_model=peft_model, alone=alone, whole=whole)
    finally:
        if kept is None:
            models.close()
        before.restore()
        _require_same(before.checksum() == checksum and ModelState.of(model).names == before.names, ref, adapted)


def _in_family(column: Column) -> bool:
    from hypviz.hyplora.folders import stands_beside_others

    return stands_beside_others(str(column.adapter))


def _each_alone(
    ref: ModelRef, model: PreTrainedModel, columns: Sequence[Column], weights: Mapping[str, Weights], bare: ModelState
) -> dict[str, ModelState]:
    """The state of the model with each of the adapters on it alone, by the column's name; the model is bare afterwards."""
    from hypviz.hyplora.virtual import read_before

    found: dict[str, ModelState] = {}
    for column in columns:
        peft_model = _with_adapters(ref, model, [column], weights)
        if peft_model is not None and peft_model.active_peft_config.is_prompt_learning:
            read_before(model, peft_model, Path(str(column.adapter)))
        found[column.name] = type(bare).of(model)
        bare.restore()
    return found


def _with_adapters(ref: ModelRef, model: PreTrainedModel, adapted: Sequence[Column], weights: Mapping[str, Weights]) -> PeftModel | None:
    """The adapters beside each other on the model; None for none."""
    if not adapted:
        return None
    from hypviz.hyplora import load_adapter
    from hypviz.hyplora.folders import trains_tokens
    from hypviz.hyplora.turning import turn_curvature

    peft_model: PeftModel | None = None
    for column in sorted(adapted, key=lambda column: trains_tokens(str(column.adapter))):
        known = weights.get(column.name)
        peft_model = load_adapter(
            peft_model or model,
            column.name,
            str(column.adapter),
            base_fingerprint=ref.fingerprint,
            adapter_fingerprint=known.adapter if known is not None else None,
        )
        if column.curvature != 1.0:
            turn_curvature(peft_model, column.name, column.curvature)
    return peft_model


def _require_same(is_same: bool, ref: ModelRef, adapted: Sequence[Column]) -> None:
    if not is_same:
        names = " and ".join(column.name for column in adapted)
        raise BaseChanged(
            f"The weights of {ref.label} in memory did not stay those of the base{f' with {names}' if names else ''}, so nothing of this "
            f"was kept and the model will be read again; {f'leave {names} out' if names else 'start again'}."
        )
