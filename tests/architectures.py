"""Tiny models of many architectures, each from its own configuration with the tiny tokenizer of `tests.checkpoints` beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.checkpoints import HIDDEN, LAYERS, PADDING_ROWS, byte_level_tokenizer

_PLAIN = {
    "hidden_size": HIDDEN,
    "intermediate_size": 64,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
}
_GROUPED = _PLAIN | {"num_key_value_heads": 2, "head_dim": 8}
_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
_VISION: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 8,
}
_ROPE = {"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10_000.0}}
_QWEN_VISION: dict[str, Any] = {"depth": 1, "num_heads": 2, "hidden_size": HIDDEN, "patch_size": 8, "spatial_merge_size": 1}

DECODERS: dict[str, dict[str, Any]] = {
    "llama": _GROUPED,
    "qwen2": _PLAIN | {"num_key_value_heads": 2},
    "qwen3": _GROUPED | {"tie_word_embeddings": True},
    "qwen3_moe": _GROUPED | _EXPERTS,
    "gemma": _GROUPED,
    "gemma2": _GROUPED,
    "gemma3_text": _GROUPED,
    "mistral": _GROUPED,
    "phi": _PLAIN,
    "olmo": _PLAIN,
    "gpt2": {"n_embd": HIDDEN, "n_layer": LAYERS, "n_head": 4, "n_positions": 128},
    "gpt_neox": _PLAIN,
    "opt": {"hidden_size": HIDDEN, "ffn_dim": 64, "num_hidden_layers": LAYERS, "num_attention_heads": 4, "word_embed_proj_dim": HIDDEN},
    "bloom": {"hidden_size": HIDDEN, "n_layer": LAYERS, "n_head": 4},
    "falcon": {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": 4},
    "mamba": {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "state_size": 4, "time_step_rank": 4},
}
READERS: dict[str, dict[str, Any]] = {  # by the class that was trained
    "T5ForConditionalGeneration": {"d_model": HIDDEN, "d_kv": 8, "d_ff": 64, "num_layers": LAYERS, "num_heads": 4},
    "BartForConditionalGeneration": {
        "d_model": HIDDEN,
        "encoder_layers": LAYERS,
        "decoder_layers": LAYERS,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
    },
    "BertForMaskedLM": _PLAIN,
    "BertModel": _PLAIN,
    "RobertaForMaskedLM": _PLAIN,
    "DistilBertForMaskedLM": {"dim": HIDDEN, "n_layers": LAYERS, "n_heads": 4, "hidden_dim": 64},
    "LlamaForSequenceClassification": _GROUPED,
}
WRAPPERS: dict[str, dict[str, Any]] = {
    "LlavaForConditionalGeneration": {
        "text_config": _GROUPED | {"model_type": "llama"},
        "vision_config": _VISION | {"model_type": "clip_vision_model"},
    },
    "Gemma3ForConditionalGeneration": {"text_config": _GROUPED, "vision_config": _VISION, "mm_tokens_per_image": 4},
    "MllamaForConditionalGeneration": {
        "text_config": _PLAIN | {"num_key_value_heads": 2, "cross_attention_layers": [1], "rope_parameters": {"rope_type": "default"}},
        "vision_config": {
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_global_layers": 1,
            "attention_heads": 2,
            "image_size": 16,
            "patch_size": 8,
            "vision_output_dim": 32,
            "intermediate_layers_indices": [0],
            "supported_aspect_ratios": [[1, 1]],
        },
    },
    "Qwen2VLForConditionalGeneration": {
        "text_config": _PLAIN | {"num_key_value_heads": 2} | _ROPE,
        "vision_config": {**_QWEN_VISION, "embed_dim": 16},
    },
    "Qwen2_5_VLForConditionalGeneration": {
        "text_config": _PLAIN | {"num_key_value_heads": 2} | _ROPE,
        "vision_config": {**_QWEN_VISION, "hidden_size": 16, "out_hidden_size": HIDDEN, "intermediate_size": 32},
    },
    "Qwen3VLForConditionalGeneration": {
        "text_config": _GROUPED | _ROPE,
        "vision_config": {
            **_QWEN_VISION,
            "hidden_size": 16,
            "out_hidden_size": HIDDEN,
            "intermediate_size": 32,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
    },
}


def build_architecture(folder: Path, name: str) -> Path:
    """Save a tiny model, named by its model_type or by the class that was trained, and its tokenizer in `folder`."""
    import torch

    from hypviz.models.live.libraries import transformers_library

    transformers = transformers_library()
    tokenizer = byte_level_tokenizer(bos=False)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    size = {"vocab_size": len(tokenizer) + PADDING_ROWS}
    if name in DECODERS:
        made = transformers.AutoModelForCausalLM
        config = transformers.AutoConfig.for_model(name, **DECODERS[name], **size, **ends)
    else:
        made = getattr(transformers, name)
        options = dict((READERS | WRAPPERS)[name])
        if name in WRAPPERS:
            options["text_config"] = options["text_config"] | size | ends
        else:
            options |= size | ends
        config = made.config_class(**options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = made.from_config(config) if name in DECODERS else made(config)
        head = model.get_output_embeddings()
        if head is not None and head.weight is not model.get_input_embeddings().weight:
            torch.nn.init.normal_(head.weight)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
