"""Which files of a model folder or hub repository are needed, and which sentence to say when they are not there.

Works on names alone, so that a folder and a hub listing follow the same rules: ``model.safetensors``, or the shards named by
``model.safetensors.index.json``. Pickle checkpoints are refused with the command that converts them.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Collection

from hypviz.errors import ModelError

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt")
_TOKENIZER = (
    "tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
)  # fmt: skip
VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model")
_CONFIG = ("config.json", "generation_config.json")


def needed_files(names: Collection[str], where: str, read_index: Callable[[], str], *, with_code: bool = False) -> tuple[str, ...]:
    """Configuration, tokenizer and weight files among `names`; raises `ModelError` naming what `where` lacks.

    `read_index` returns the text of the shard index and is called only if there is one and no single file.
    """
    have_weights = SINGLE in names or INDEX in names
    pickles = sorted(n for n in names if n.endswith(PICKLES) and n != "training_args.bin")
    if "config.json" in names and pickles and not have_weights:
        raise ModelError(_pickle_sentence(where, pickles))
    missing = [] if "config.json" in names else ["config.json"]
    missing += [] if have_weights else [SINGLE]
    missing += [] if any(n in names for n in VOCABULARIES) else ["tokenizer.json"]
    if missing:
        raise ModelError(_missing_sentence(where, missing, names))
    weights = (SINGLE,) if SINGLE in names else shard_names(read_index(), where)
    lost = [n for n in weights if n not in names]
    if lost:
        raise ModelError(
            f"{where} lacks {len(lost)} of its {len(weights)} weight files ({_some(lost)}); copy or download the missing files."
        )
    extra = [INDEX] if weights != (SINGLE,) else []
    code = sorted(n for n in names if n.endswith(".py")) if with_code else []
    return (*(n for n in (*_CONFIG, *_TOKENIZER) if n in names), *code, *extra, *weights)


def refuse_two_sets(names: Collection[str], where: str, read_index: Callable[[], str]) -> None:
    """Raise `ModelError` where a folder holds a single weight file and a whole set of shards, of which nobody knows which is meant."""
    if not {SINGLE, INDEX} <= set(names):
        return
    try:
        shards = shard_names(read_index(), where)
    except ModelError:  # an index that nobody can read names no other weights
        return
    if SINGLE not in shards and all(name in names for name in shards):
        raise ModelError(
            f"{where} holds two sets of weights, {SINGLE} and the {len(shards)} files of {INDEX}; move the one that is not meant elsewhere."
        )


def shard_names(index_text: str, where: str) -> tuple[str, ...]:
    """The distinct weight files of a shard index, sorted."""
    names = sorted(set(parse_index(index_text, where).values()))
    if any("/" in n or "\\" in n or not n.endswith(".safetensors") for n in names):
        raise ModelError(f"{INDEX} of {where} names weight files outside the folder or of another format; download the model again.")
    return tuple(names)


def parse_index(index_text: str, where: str) -> dict[str, str]:
    """Tensor name to file name of a shard index."""
    try:
        weight_map = {str(k): str(v) for k, v in json.loads(index_text)["weight_map"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{INDEX} of {where} cannot be read ({error}); copy or download it again.") from error
    if not weight_map:
        raise ModelError(f"{INDEX} of {where} names no weight files; copy or download it again.")
    return weight_map


def _pickle_sentence(where: str, pickles: list[str]) -> str:
    target = "converted" if "/" not in where or not where.startswith(("/", "~")) else where.rstrip("/") + "-safetensors"
    code = (
        "import sys; from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; "
        "[X.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[2]) for X in (M, T)]"
    )
    command = shlex.join([sys.executable or "python", "-c", code, where, target])
    return (
        f"{where} holds its weights only as pickle ({_some(pickles)}), which can run code when loaded and is never opened here; "
        f"convert it once with `{command}` and choose the folder {target}."
    )


def _missing_sentence(where: str, missing: list[str], names: Collection[str]) -> str:
    hint = "choose a folder in Hugging Face format, saved with save_pretrained"
    if "adapter_config.json" in names:
        hint = "it looks like an adapter, so choose its base model here and the adapter on the Compare page"
    elif any(n.endswith(".gguf") for n in names):
        hint = "it holds GGUF files, so give the path of one of them, with its name"
    elif SINGLE in missing and (own := sorted(n for n in names if n.startswith("consolidated") and n.endswith(".safetensors"))):
        hint = f"its weights lie in {own[0]} under names of Mistral's own, so choose the release in Hugging Face format"
    elif missing == ["tokenizer.json"] and "tekken.json" in names:
        hint = "tekken.json is in a format of Mistral's own, so take tokenizer.json from the release in Hugging Face format"
    elif missing == ["tokenizer.json"]:
        hint = "copy the tokenizer files of the model into it"
    return f"{where} is not a complete model: it lacks {_some(missing)}; {hint}."


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
