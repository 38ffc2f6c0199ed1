"""Tiny checkpoints of real architectures with small real tokenizers, built from their configs without any network."""

from __future__ import annotations

from pathlib import Path

ARCHITECTURES = ("llama", "gpt2", "qwen3", "gemma3")
SPECIALS = ["<|begin|>", "<|end|>", "<|pad|>", "<|reserved_special_token_0|>"]
PADDING_ROWS = 5  # rows beyond the tokenizer, as many published models have them
HIDDEN, LAYERS = 32, 2

SENTENCES = [
    "Question: Tom has 12 red apples and buys 30 more. How many apples does Tom have now?",
    "Answer: 12 + 30 = 42. The answer is 42.",
    "A dog is an animal, a cow is an animal, and a banana is a fruit; purple is a color.",
    "How much time does it cost to load 3 trucks with 480 small stones, in hours?",
    "The average of 80, 90 and 100 is (80 + 90 + 100) / 3 = 90.",
    "Ein größerer Löwe läuft über die Straße; 数学は楽しい。",
] * 3


def build_checkpoint(folder: Path, architecture: str, sharded: bool) -> Path:
    """Save the architecture's tiny model and tokenizer below `folder`; weights depend only on the architecture."""
    import torch

    from hypviz.models.live.libraries import transformers_library

    transformers_library()  # a page test may have its warm-up thread importing it right now
    tokenizer = sentencepiece_tokenizer() if architecture == "gemma3" else byte_level_tokenizer(bos=architecture == "llama")
    config = _config(architecture, len(tokenizer) + PADDING_ROWS, tokenizer)
    from transformers import AutoModelForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(ARCHITECTURES.index(architecture))
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32 if architecture == "gpt2" else torch.bfloat16)
        with torch.no_grad():  # transformers leaves the padding token's row zero, which is a row that was never trained
            model.get_input_embeddings().weight[tokenizer.pad_token_id].normal_(std=config.initializer_range)
    model.save_pretrained(folder, max_shard_size="20KB" if sharded else "5GB")
    tokenizer.save_pretrained(folder)
    return folder


def byte_level_tokenizer(*, bos: bool):
    """A byte-level BPE of 400 tokens; with `bos` every text starts with ``<|begin|>``."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    inner.train_from_iterator(SENTENCES, trainer)
    if bos:
        inner.post_processor = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<|begin|>", eos_token="<|end|>", pad_token="<|pad|>")


def sentencepiece_tokenizer():
    """A BPE in sentencepiece's spelling (``▁``, ``<0xE4>``), which is how Gemma and Llama 2 write their vocabularies."""
    import json

    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<unused0>"]
    inner = Tokenizer(models.BPE(unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never")
    inner.train_from_iterator(
        [s for s in SENTENCES if s.isascii()], trainers.BpeTrainer(vocab_size=220, special_tokens=specials, show_progress=False)
    )
    learned = json.loads(inner.to_str())["model"]
    vocabulary = {**learned["vocab"]}
    vocabulary |= {f"<0x{byte:02X}>": len(vocabulary) + byte for byte in range(256)}
    inner.model = models.BPE(
        vocab=vocabulary, merges=[tuple(m) for m in learned["merges"]], unk_token="<unk>", byte_fallback=True, fuse_unk=True
    )
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    inner.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>")


def _config(architecture: str, vocab_size: int, tokenizer):
    from transformers import Gemma3TextConfig, GPT2Config, LlamaConfig, Qwen3Config

    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    if architecture == "gpt2":
        return GPT2Config(vocab_size=vocab_size, n_embd=HIDDEN, n_layer=LAYERS, n_head=4, n_positions=256, **ends)
    shape = {
        "vocab_size": vocab_size,
        "hidden_size": HIDDEN,
        "intermediate_size": 64,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 256,
    }
    made = {"llama": LlamaConfig, "qwen3": Qwen3Config, "gemma3": Gemma3TextConfig}[architecture]
    return made(**shape, tie_word_embeddings=architecture != "llama", **ends)


def with_token_without_row(source: Path, folder: Path, role: str) -> Path:
    """A copy of a checkpoint whose `role` token ("pad", "eos" or "bos") was added behind the last row: ``<new>``.

    A "bos" is also what the tokenizer puts before every text.
    """
    import json
    import shutil

    shutil.copytree(source, folder)
    n_rows = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    for i in range(len(inner["model"]["vocab"]), n_rows):  # rows without a token get one, so that the next one has no row
        inner["added_tokens"].append(_added(i, f"<spare {i}>"))
    inner["added_tokens"].append(_added(n_rows, "<new>"))
    if role == "bos":
        inner["post_processor"] = {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<new>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<new>": {"id": "<new>", "ids": [n_rows], "tokens": ["<new>"]}},
        }
    (folder / "tokenizer.json").write_text(json.dumps(inner), encoding="utf-8")
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")) | {f"{role}_token": "<new>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def _added(index: int, text: str) -> dict[str, object]:
    return {"id": index, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
