"""The bundled model's tokenizer: byte-level BPE that splits digits one by one and keeps ordinary words whole."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypviz.bundled.texts import RealTexts, stream
from hypviz.problems.sets import problem_set

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_SAMPLE = 60_000


def train_tokenizer(real: RealTexts, *, vocab_size: int, seed: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `vocab_size` entries learned from the training mixture and from every skill's words."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=[BOS, EOS, PAD], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    mixture = (document.prompt + document.rest for document in itertools.islice(stream(real, seed=seed), _SAMPLE))
    every_skill = (f"{p.question} {p.solution}" for p in problem_set("bundled", 6000))
    bpe.train_from_iterator(itertools.chain(mixture, every_skill), trainer)
    bpe.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, bpe.token_to_id(BOS))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token=BOS, eos_token=EOS, pad_token=PAD, clean_up_tokenization_spaces=False, padding_side="left"
    )
