"""What ``hypviz finetune`` says about HypLoRA's start and about the losses, while a run goes on and when it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hypviz.cli.common import note
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.records.runs import RunRecord


def start_words(record: RunRecord) -> list[str]:
    """What was found out before the first step; empty until it is known."""
    from hypviz import runs
    from hypviz.words.start import start_sentences

    _, calibration = runs.layers(record.run_id)
    return list(start_sentences(runs.before_first_step(record.run_id), record.spec, calibration))


def loss_words(record: RunRecord) -> list[str]:
    """The differences with their intervals, how much of them is alpha, and what follows; empty with too few steps."""
    from hypviz import runs
    from hypviz.words.losses import ONE_SEED, conclusion, gap_sentence, shares, shares_finding

    metrics = runs.metrics(record.run_id)
    gaps, found = gap_sentence(metrics), shares(metrics)
    if gaps is None:
        return []
    told = [f"{ONE_SEED} {gaps}", f"{shares_finding(found)}." if found is not None else None, conclusion(metrics)]
    return [sentence for sentence in told if sentence is not None]


def loss_numbers(record: RunRecord) -> dict[str, Any]:
    """The same as numbers: differences of the loss with 95 % intervals, and `share_by_alpha`, None where it cannot be told."""
    from hypviz import runs
    from hypviz.words.losses import loss_gap, shares

    metrics, methods = runs.metrics(record.run_id), record.spec.methods
    pairs = [(later, earlier) for i, later in enumerate(methods) for earlier in methods[:i]]
    gaps = {f"{a} minus {b}": gap for a, b in pairs if (gap := loss_gap(metrics, a, b)) is not None}
    found = shares(metrics)
    share = found.share if found is not None else None
    return {
        "loss_gaps": {name: {"value": g.value, "interval": [g.low, g.high], "steps": g.n, "method": g.method} for name, g in gaps.items()},
        "share_by_alpha": None if share is None else {"value": share.value, "interval": [share.low, share.high], "method": share.method},
    }


def of_seed(record: RunRecord, sentence: str | None, *, several: bool) -> str | None:
    """The sentence, with the seed of its run before it where there are `several`."""
    return f"seed {record.spec.seed}: {sentence}" if several and sentence is not None else sentence


def telling(started: Sequence[RunRecord], shown: Work) -> Work:
    """The work of following these runs, as `shown` shows it; what was found before a first step is said as soon as it is known."""
    unsaid = {record.run_id: record for record in started}

    def report(done: float, total: float, text: str) -> None:
        for record in tuple(unsaid.values()):
            said = start_words(record)
            if said:
                del unsaid[record.run_id]
                for sentence in (*said, _warning(record)):
                    note(of_seed(record, sentence, several=len(started) > 1))
        shown.report(done, total, text)

    return Work(on_report=report, asked_to_stop=lambda: shown.is_stopped)


def _warning(record: RunRecord) -> str | None:
    """What very long tokens will do to the first update, where nothing limits them."""
    from hypviz import runs
    from hypviz.words.activations import long_tokens

    start = runs.before_first_step(record.run_id)
    long = long_tokens(start.summary.adapters) if start is not None else None
    return long.sentence if long is not None and long.is_warning else None
