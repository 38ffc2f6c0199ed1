"""What the Start page loads: the whole report from one folder, with progress, and stopped when asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.errors import Stopped
from hypviz.records.models import TOKEN_KINDS
from hypviz.studies.model import ModelReport, load_report
from tests.checkpoints import PADDING_ROWS
from tests.watching import Watcher


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_the_report_agrees_with_its_parts(checkpoint_folder: Callable[..., Path], architecture: str) -> None:
    folder = str(checkpoint_folder(architecture))
    report = load_report(folder)
    assert report.ref == models.resolve(folder)
    assert report.summary == models.summarise(report.ref)
    assert report.cost == models.estimate(folder)
    norms = np.linalg.norm(models.read_embeddings(report.ref).values[:-PADDING_ROWS], axis=1)
    assert report.norm_range == (pytest.approx(norms.min()), pytest.approx(norms.max()))
    assert report.norm_median == pytest.approx(np.median(norms))
    assert tuple(report.kinds) == TOKEN_KINDS and sum(report.kinds.values()) == report.summary.vocab_size
    assert (report.n_tokens + PADDING_ROWS, report.n_without_token) == (report.summary.vocab_size, PADDING_ROWS)
    assert ModelReport.from_json(report.to_json()) == report


def test_stop_is_heard_at_the_next_step_and_says_that_nothing_is_lost(tiny_llama: Path) -> None:
    work = Watcher(stop_at=3)
    with pytest.raises(Stopped, match="a download goes on where it stopped"):
        load_report(str(tiny_llama), work=work)
    assert work.looks == 3
