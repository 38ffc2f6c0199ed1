"""Whether a model's tokens mean to it what its tokenizer says: the loss on plain text against that on the same tokens out of order.

A trained model with its own tokenizer predicts the next token of an ordinary sentence far better than that of the shuffled one. With
another model's tokenizer, with ids shifted against the rows, or with untrained weights, text is as surprising as its shuffle. Some
languages suffice for one of them: the first text that the model predicts ends the search.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.tokenizer.encoding import Encoder
from hypviz.records.models import PlainTextLoss

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TEXTS = {
    "English": (
        "The old woman walked slowly to the market, because it had rained all night and the road was still wet. She wanted to buy two "
        "loaves of bread, some milk and a dozen eggs for her children. When she came home in the evening, they were waiting for her."
    ),
    "Python": 'def add(a, b):\n    return a + b\n\nfor i in range(10):\n    print(i)\n\nif __name__ == "__main__":\n    main()\n',
    "Chinese": "今天早上下了很大的雨，所以我们没有去公园。妈妈在家里做饭，爸爸在看书，孩子们在房间里玩。",
    "German": (
        "Die alte Frau ging langsam zum Markt, weil es die ganze Nacht geregnet hatte und die Straße noch nass war. "
        "Sie wollte Brot, Milch und Eier für ihre Kinder kaufen."
    ),
    "French": (
        "La vieille femme marchait lentement vers le marché, parce qu'il avait plu toute la nuit et que la route était encore mouillée. "
        "Elle voulait acheter du pain et du lait pour ses enfants."
    ),
    "Spanish": (
        "La anciana caminaba despacio hacia el mercado, porque había llovido toda la noche y el camino seguía mojado. "
        "Quería comprar pan, leche y huevos para sus hijos."
    ),
    "Russian": (
        "Старая женщина медленно шла на рынок, потому что всю ночь шёл дождь и дорога была ещё мокрой. Она хотела купить хлеба и молока."
    ),
    "Japanese": "朝から雨が降っていたので、私たちは公園に行きませんでした。母は台所で料理をして、父は本を読んでいました。",
}
LONGEST, FEWEST, SHUFFLES = 96, 8, 2
ENOUGH = 0.25  # of ln V: trained models gain .4 and more on their own language, wrong tokenizers at most .19 on any text tried


def plain_text_loss(model: PreTrainedModel, reader: Encoder, *, longest: int | None) -> PlainTextLoss:
    """The losses (nats a token) on the first of `TEXTS` that is predicted, or on the English one if none is.

    A text is predicted when its loss lies below ln V, which is what knowing nothing costs, and below that of its shuffles by `ENOUGH`
    ln V. `longest` is how many positions the model knows. Raises `ModelError` if the logits are not numbers or no text is long enough.
    """
    first: PlainTextLoss | None = None
    n_texts = 0
    room = min(LONGEST, (longest or LONGEST) - len(reader.begin))
    for language, text in TEXTS.items():
        ids = reader.plain([text])[0][:room]
        if len(ids) < FEWEST:
            continue
        n_texts += 1
        found = _measured(model, language, list(reader.begin), ids, n_texts)
        if found.is_predicted:
            return found
        first = first or found
    if first is not None:
        return dataclasses.replace(first, n_texts=n_texts)
    raise ModelError("its tokenizer turns plain text into fewer than eight tokens")


def _measured(model: PreTrainedModel, language: str, begin: list[int], ids: list[int], n_texts: int) -> PlainTextLoss:
    import torch

    dice = np.random.default_rng(0)
    rows = [ids, *(dice.permutation(ids).tolist() for _ in range(SHUFFLES))]
    given = torch.tensor([begin + row for row in rows], device=model.device)
    with torch.no_grad():
        logits = (
            model(input_ids=given, attention_mask=torch.ones_like(given), use_cache=False).logits[:, max(len(begin) - 1, 0) : -1].float()
        )
    target = given[:, max(len(begin), 1) :]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none").mean(dim=1)
    if not bool(torch.isfinite(losses).all()):
        raise ModelError("its logits on plain text are not numbers (NaN or infinity), so its weights are damaged or overflow")
    loss, shuffled, chance = float(losses[0]), float(losses[1:].mean()), math.log(logits.shape[-1])
    return PlainTextLoss(
        language=language,
        n_texts=n_texts,
        n_tokens=int(target.shape[1]),
        loss=loss,
        shuffled=shuffled,
        chance=chance,
        is_predicted=loss < chance and shuffled - loss > ENOUGH * chance,
    )
