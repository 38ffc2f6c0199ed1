"""Virtual tokens: what prompt tuning, P-tuning, prefix tuning and their kin put before every text that a model reads.

In: the base model and a `PeftModel` that holds what was trained, vectors in place of token embeddings or keys and values of every layer.
Out: hooks on the base, with which `model(...)` and `model.generate(...)` read the virtual tokens before each text and give logits and
hidden states of the text's own positions only. Texts may be padded on the left: the virtual tokens then stand between padding and text,
and positions count from the first of them, so that a text padded to the length of a longer one is read as alone.

What the virtual tokens are comes from PEFT's own `get_prompt`; where they stand is done here, because `PeftModel.generate` puts them before
the padding. The base's weights are not touched, and whoever takes the hooks off has the base.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel, PromptLearningConfig
from torch import Tensor, nn
from transformers.cache_utils import Cache
from transformers.generation.utils import ALL_CACHE_NAMES

from hypviz.errors import AdapterError
from hypviz.hyplora.folders import first_line

_IN_CACHE = ("PREFIX_TUNING", "CARTRIDGE")  # keys and values of every layer; the other types have vectors as of embeddings


def read_before(model: nn.Module, peft_model: PeftModel, folder: Path) -> None:
    """From now on `model` reads the virtual tokens of `peft_model`, which was loaded from `folder`, before every text.

    `AdapterError` where its architecture cannot, found by reading one token.
    """
    before = _Before(peft_model)
    model.register_forward_pre_hook(before.entering, with_kwargs=True)
    model.register_forward_hook(before.leaving)
    some = torch.zeros((1, 1), dtype=torch.long, device=next(model.parameters()).device)
    try:
        with torch.no_grad():
            model(input_ids=some, attention_mask=torch.ones_like(some))
    except AdapterError:
        raise
    except Exception as error:  # each architecture fails in its own way on what it has no place for
        raise AdapterError(
            f"{type(model).__name__} cannot read the {before.n} virtual tokens of {folder} before a text ({first_line(error)}); choose the "
            "adapter's own base model, or ask it with PEFT itself."
        ) from error


class _Before:
    """The virtual tokens of one adapter, and where the text stood in what the model read last."""

    def __init__(self, peft_model: PeftModel) -> None:
        config = cast("PromptLearningConfig", peft_model.active_peft_config)
        self.n = config.num_virtual_tokens
        self._peft_model, self._in_cache = peft_model, str(getattr(config.peft_type, "value", config.peft_type)) in _IN_CACHE
        self._text: Tensor | None = None  # (rows, length): places of the text's tokens, where what leaves has to be cut
        self._read: int | None = None  # positions that the cache must hold afterwards

    def entering(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call as the base has to get it: with the virtual tokens at the start of a text, else with places and mask moved by them."""
        given = kwargs | dict(zip(("input_ids",), args, strict=False))
        self._text, self._read = None, None
        if any(_is_begun(given.get(name)) for name in ALL_CACHE_NAMES):
            return (), self._moved(given, last=not self._in_cache)
        return (), self._with_cache(given) if self._in_cache else self._with_vectors(model, given)

    def leaving(self, model: nn.Module, args: object, out: Any) -> Any:
        """The output at the text's own positions."""
        if self._read is not None:
            cache = out.get("past_key_values")
            if not isinstance(cache, Cache) or cache.get_seq_length() != self._read:
                raise AdapterError(
                    f"{type(model).__name__} keeps no keys and values of earlier tokens, where the {self.n} virtual tokens of this adapter "
                    "would stand; choose the adapter's own base model."
                )
        if self._text is not None:
            if out.get("logits") is not None:
                out["logits"] = self._cut(out["logits"])
            if out.get("hidden_states") is not None:
                out["hidden_states"] = tuple(self._cut(state) for state in out["hidden_states"])
        return out

    def _cut(self, of_all: Tensor) -> Tensor:
        """(rows, length, d) of what has (rows, n + length, d); anything shorter, such as the last position alone, as it is."""
        text = cast("Tensor", self._text)
        if of_all.shape[1] != self.n + text.shape[1]:
            return of_all
        return of_all.gather(1, text[:, :, None].expand(-1, -1, of_all.shape[-1]))

    def _prompt(self, rows: int, length: int) -> Any:
        """What PEFT makes of the trained tensors: vectors (rows, n, d), or a cache; of several tasks there is only the first."""
        tasks = torch.zeros(rows, dtype=torch.long, device=self._peft_model.device)
        return self._peft_model.get_prompt(rows, task_ids=tasks, max_cache_len=self.n + length)

    def _with_cache(self, given: dict[str, Any]) -> dict[str, Any]:
        text = _text_of(given)
        rows, length = text.shape[:2]
        self._read = self.n + length
        cache = self._prompt(rows, length)
        return self._moved(given, last=False) | {"past_key_values": cache, "use_cache": True}

    def _with_vectors(self, model: nn.Module, given: dict[str, Any]) -> dict[str, Any]:
        text, mask = _text_of(given), given.get("attention_mask")
        rows, length = text.shape[:2]
        embeds = given.get("inputs_embeds")
        if embeds is None:
            embeds = cast("Any", model).get_input_embeddings()(text)
        both = torch.cat([self._prompt(rows, length).to(embeds), embeds], dim=1)
        pads = torch.zeros((rows, 1), dtype=torch.long, device=text.device) if mask is None else (mask == 0).sum(1, keepdim=True)
        place = torch.arange(self.n + length, device=text.device).expand(rows, -1)
        order = torch.where(place < pads, place + self.n, torch.where(place < pads + self.n, place - pads, place))
        given = self._moved(given, last=True) | {"input_ids": None, "inputs_embeds": both.gather(1, order[:, :, None].expand_as(both))}
        if given.get("position_ids") is not None:
            given["position_ids"] = (place - pads).clamp(min=0).expand(*given["position_ids"].shape[:-2], -1, -1)
        given.pop("cache_position", None)
        own = torch.arange(length, device=text.device).expand(rows, -1)
        self._text = torch.where(own < pads, own, own + self.n)
        return given

    def _moved(self, given: dict[str, Any], *, last: bool) -> dict[str, Any]:
        """The mask longer by the virtual tokens, at its start or its end, and every position later by as many.

        A mask padded on the left is zeros and then ones, so that ones after it are ones between padding and text.
        """
        given = dict(given)
        mask = given.get("attention_mask")
        if mask is not None:
            ones = mask.new_ones((len(mask), self.n))
            given["attention_mask"] = torch.cat([mask, ones] if last else [ones, mask], dim=1)
        for name in ("position_ids", "cache_position"):
            if given.get(name) is not None:
                given[name] = given[name] + self.n
        return given


def _text_of(given: dict[str, Any]) -> Tensor:
    """The ids (rows, length), or the embeddings (rows, length, d) where those are given instead."""
    return given["inputs_embeds"] if given.get("input_ids") is None else given["input_ids"]


def _is_begun(cache: Any) -> bool:
    """Whether a model with this cache has read the start of its text."""
    if not isinstance(cache, Cache):
        return cache is not None
    try:
        return cache.get_seq_length() > 0
    except ValueError:  # no layer of it counts positions
        return cache.has_previous_state()
