"""A prompt's path through the layers of a real model: the answer comes late, and is the model's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hypviz.cli.generate import lender
from hypviz.models import read_token_table, resolve
from hypviz.records.path import COSINE, LOGIT, PromptPath
from hypviz.studies.disk.path import path_spec, path_study

pytestmark = pytest.mark.slow
PROMPT = "The capital of France is"


@pytest.fixture(scope="module", params=[LOGIT, COSINE])
def path(request: pytest.FixtureRequest, real_model: Path) -> PromptPath:
    """The last token of the prompt, among all tokens."""
    ref = resolve(str(real_model))
    lend = lender(ref)
    spec = path_spec(ref, PROMPT, token_ids=np.arange(49_152), table="input", lens=request.param)
    return path_study(lambda work: lend()).get(spec).record


def test_the_capital_is_said_by_the_last_layers_and_by_no_early_one(path: PromptPath, real_model: Path) -> None:
    text = read_token_table(resolve(str(real_model))).text
    first = [text[i] for i in path.tokens[:, 0]]
    if path.lens == COSINE:
        assert first[0] == " is" and " Paris" not in first[:15]
        return
    assert path.n_layers == 30 and first[-1] == " Paris" and " Paris" not in first[:15]
    assert 15 < path.settled <= 30 and path.values[-1, 0] > 0.3
    assert path.laid_out == pytest.approx(np.ones(31)) and path.entropy is not None and path.entropy[0] < 1e-3 < path.entropy[-1]
    assert text[path.tokens[29, 2]] == " Paris"  # on its way up one layer before
