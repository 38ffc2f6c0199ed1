"""Language models inside larger ones for which transformers has no class of their own: their layers, with an output table behind them.

In: the configuration of a text model. Out: a class of transformers' kind that writes text, named after the text model's. Positions of
Qwen-VL are three numbers a token (time, height, width); in text all three are the token's place, which the text model fills in by itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hypviz.models.live.libraries import transformers_library

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel
    from transformers.modeling_outputs import CausalLMOutputWithPast

# by the text model's model_type: on text, the larger model does nothing before these layers or behind them but its output table
_HEADLESS = ("qwen2_vl_text", "qwen2_5_vl_text", "qwen3_vl_text", "qwen3_vl_moe_text")


def writing_class(text: PreTrainedConfig) -> type[PreTrainedModel] | None:
    """The class that makes the language model of `text`; None where its layers alone are not known to be one."""
    return _writing_class(type(text)) if str(text.model_type) in _HEADLESS else None


@lru_cache(maxsize=8)
def _writing_class(kind: type[PreTrainedConfig]) -> type[PreTrainedModel]:
    import torch

    library = transformers_library()
    inner: Any = library.MODEL_MAPPING[kind]
    parent: Any = inner.__mro__[1]

    def build(self: Any, config: Any) -> None:
        parent.__init__(self, config)
        self.model = inner(config)
        self.vocab_size = config.vocab_size
        self.lm_head = torch.nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    members: dict[str, Any] = {
        "__init__": build,
        "forward": _forward,
        "config_class": kind,
        "base_model_prefix": "model",
        "input_modalities": ("text",),
        "_tied_weights_keys": {"lm_head.weight": "model.embed_tokens.weight"},
    }
    return type(f"{inner.__name__}ForCausalLM", (parent, library.GenerationMixin), members)


def _forward(
    self: Any,
    input_ids: torch.Tensor | None = None,
    attention_mask: torch.Tensor | None = None,
    position_ids: torch.Tensor | None = None,
    past_key_values: Any = None,
    inputs_embeds: torch.Tensor | None = None,
    labels: torch.Tensor | None = None,
    use_cache: bool | None = None,
    logits_to_keep: int | torch.Tensor = 0,
    **more: Any,
) -> CausalLMOutputWithPast:
    """What transformers' own causal models do, whose arguments `generate` looks up by these names."""
    from transformers.modeling_outputs import CausalLMOutputWithPast

    more.pop("return_dict", None)
    given = {"input_ids": input_ids, "attention_mask": attention_mask, "position_ids": position_ids, "inputs_embeds": inputs_embeds}
    out: Any = self.model(**given, past_key_values=past_key_values, use_cache=use_cache, **more)
    kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep  # the slice of 0 is everything
    logits = self.lm_head(out.last_hidden_state[:, kept])
    loss = None if labels is None else self.loss_function(logits=logits, labels=labels, vocab_size=self.vocab_size, **more)
    return CausalLMOutputWithPast(
        loss=loss,
        logits=logits,
        past_key_values=out.past_key_values,
        hidden_states=out.hidden_states,
        attentions=out.attentions,
    )
