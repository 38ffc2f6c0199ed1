"""What is the same for every test and dear to find out, found out once a process: what is installed, and how words are cut."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hypviz.work import NOBODY, Work

if TYPE_CHECKING:
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import TokenCounts, WordCounts


@pytest.fixture(scope="session", autouse=True)
def found_out_once() -> Iterator[None]:
    """Streamlit's list of installed components, which every `AppTest` asks for, and the token counts of a table of words, of which a
    store without a past knows nothing; whoever imports `count_word_tokens` by name counts anew."""
    from streamlit.components.v2 import manifest_scanner

    from hypviz.models.live.description import vocabulary_size
    from hypviz.models.tokenizer import word_tokens
    from hypviz.studies.counts import tokenizer_fingerprint

    count = word_tokens.count_word_tokens
    known: dict[tuple[str, int, str], TokenCounts] = {}

    def remembered(ref: ModelRef, words: WordCounts, *, work: Work = NOBODY) -> TokenCounts:
        key = tokenizer_fingerprint(Path(ref.path)), vocabulary_size(ref), words.fingerprint
        if key not in known:
            known[key] = count(ref, words, work=work)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests))
        patch.setattr(word_tokens, "count_word_tokens", remembered)
        yield
