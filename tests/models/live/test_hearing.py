"""Warnings of the libraries reach the person: those of this thread's reading, each once, as one line; the rest is let go."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import warnings
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypviz import models as hypviz_models
from hypviz.bundled import bundled_folder
from hypviz.models.live.hearing import hearing
from hypviz.models.tokenizer.tokens import load_tokenizer


def test_warnings_of_both_kinds_are_heard_once_and_on_one_line() -> None:
    transformers, ours = logging.getLogger("transformers.made_up"), logging.getLogger("hypviz.models.made_up")
    with hearing() as heard:
        transformers.warning("\x1b[1mweights\x1b[0m were\n  %s", "initialised")
        transformers.warning("weights were initialised")
        transformers.info("nothing")
        ours.warning("3 tensors are not used.")
        warnings.warn("flags are not valid", UserWarning, stacklevel=1)
    assert heard == [
        "transformers warns: weights were initialised",
        "3 tensors are not used.",
        "transformers warns: flags are not valid",
    ]
    transformers.warning("afterwards")
    assert len(heard) == 3


def test_what_is_not_about_the_model_is_let_go() -> None:
    logger = logging.getLogger("transformers.made_up")
    with hearing() as heard:
        logger.warning("`this` is deprecated and will be removed in v6")
        logger.warning("The fast path is not available; to install it, pip install it")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert heard == []


def test_a_command_that_keeps_the_libraries_quiet_hears_them_all_the_same(capfd) -> None:
    logger = logging.getLogger("transformers")
    level, handler = logger.level, logging.StreamHandler()
    levels = [(each, each.level) for each in logger.handlers]  # pytest's own are among them
    logger.addHandler(handler)
    try:
        logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with hearing() as heard:
                logging.getLogger("transformers.made_up").warning("a rope without a factor")
                warnings.warn("flags are not valid", UserWarning, stacklevel=1)
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        for each, before in levels:
            each.setLevel(before)
    assert [text.rpartition(": ")[2] for text in heard] == ["a rope without a factor", "flags are not valid"]
    assert capfd.readouterr().err == ""


def test_what_is_said_once_a_process_is_heard_for_every_model() -> None:
    logger = logging.getLogger("transformers.made_up")
    for _ in range(2):
        with hearing() as heard:
            logger.warning_once("once")  # type: ignore[attr-defined]
        assert heard == ["transformers warns: once"]


def test_another_threads_warnings_are_not_this_models() -> None:
    with hearing() as heard:
        other = threading.Thread(target=lambda: logging.getLogger("transformers.made_up").warning("of another model"))
        other.start()
        other.join()
    assert heard == []


def test_a_long_warning_is_cut_at_a_word_and_says_so() -> None:
    with hearing() as heard:
        logging.getLogger("transformers.made_up").warning("word " * 200)
    assert heard[0].endswith("word …") and len(heard[0]) < 430


def test_the_wrong_regular_expression_of_old_mistral_tokenizers_is_said(tmp_path: Path) -> None:
    ref = hypviz_models.resolve(str(old_mistral(tmp_path / "mistral")))
    with hearing() as heard:
        load_tokenizer(ref)
    (sentence,) = heard
    assert sentence.startswith("transformers warns: The tokenizer you are loading") and "incorrect regex pattern" in sentence


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"pad_token_id": -1}, "pad_token_id must be `None` or an integer within the vocabulary"),
        (
            {"rope_parameters": {"rope_theta": 1e4, "rope_type": "linear", "factor": 0.5}},
            "field must be a float or int >= 1, got 0.5",
        ),
        ({}, None),
    ],
)
def test_what_transformers_doubts_in_a_configuration_is_heard(config: dict, words: str | None, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled_folder(), tmp_path / "odd"))
    for name, fields in (("config.json", config), ("generation_config.json", {"temperature": 0.6})):
        whole = json.loads((folder / name).read_text(encoding="utf-8")) | fields
        (folder / name).write_text(json.dumps(whole), encoding="utf-8")
    ref = hypviz_models.resolve(str(folder))
    with hearing() as heard:
        hypviz_models.load_model(ref, dtype="float32")
    assert [words in text for text in heard] == [True] if words else heard == []


def old_mistral(folder: Path) -> Path:
    """A model as transformers warns about: a Mistral of an earlier release with more than 100,000 byte-level tokens."""
    import torch
    from transformers import AutoModelForCausalLM, MistralConfig

    letters = {token: i for i, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=letters | {f"<filler {i}>": i for i in range(len(letters), 100_200)}, merges=[]))
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(MistralConfig(vocab_size=100_200, **shape), dtype=torch.bfloat16)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=inner).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"transformers_version": "4.50.0"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
