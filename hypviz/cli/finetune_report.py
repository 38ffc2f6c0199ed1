"""What ``hypviz finetune`` says: while a run goes on, and when it has ended, as one JSON object and for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.cli.common import note
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.records.runs import MemberReport, RunRecord


def payload(record: RunRecord, out: Path | None) -> dict[str, Any]:
    """The JSON object."""
    from hypviz.words.clipping import clipping_warning

    return {
        "run_dir": str(out.resolve()) if out else record.folder,
        "run_id": record.run_id,
        "state": record.state,
        "model": record.spec.base.label,
        "n_examples": record.n_examples,
        "n_too_long": record.n_too_long,
        "n_rejoined": record.n_rejoined,
        **{name: getattr(record.spec, name) for name in _OF_THE_SPEC},
        "targets": list(record.spec.targets),
        "layer_c": list(record.layer_c),
        "bytes_measured": record.bytes_measured,
        **_costs(record),
        "gain_words": gain_words(record),
        "start_words": start_words(record),
        "loss_words": loss_words(record),
        "clipping_warning": clipping_warning(record),
        **loss_numbers(record),
        "members": [{name: getattr(m, name) for name in _OF_A_MEMBER} | _saved(m, record, out) for m in record.members],
    }


_OF_THE_SPEC = ("problems", "lr", "precision", "accumulate", "gain", "quantile", "lora_beyond", "clip")
_OF_A_MEMBER = (
    "method",
    "steps",
    "seconds",
    "first_loss",
    "last_loss",
    "n_parameters",
    "peak_bytes",
    "n_clipped",
    "n_layers_clipped",
)


def _costs(record: RunRecord) -> dict[str, Any]:
    """Memory and time, expected and taken; None where they are not known."""
    used, plan = record.resources, record.plan
    return {
        "process_peak_bytes": used.peak_bytes if used else None,
        "expected_bytes": plan.memory.total_bytes if plan else None,
        "expected_seconds": plan.seconds if plan else None,
        "seconds": record.ended_at - record.started_at if record.started_at and record.ended_at else None,
        "all_logits_because": used.all_logits_because if used else None,
    }


def _saved(member: MemberReport, record: RunRecord, out: Path | None) -> dict[str, Any]:
    return {"adapter": _adapter(member.adapter, record, out), "fingerprint": member.adapter_fingerprint}


def words(record: RunRecord, out: Path | None) -> str:
    """What people need of it at the end: what was said before the first step, and the layers kind by kind, are in the JSON object."""
    from hypviz.words.clipping import clipped
    from hypviz.words.runs import all_logits_sentence, headline, memory_taken, time_taken

    lines = [f"Run {record.run_id} {headline(record)}"]
    for m in record.members:
        saved = _adapter(m.adapter, record, out)
        lines.append(f"  {m.method}: {m.seconds:.1f} s for {m.steps} steps, {saved or 'no adapter was saved'}")
        lines += [f"    {clipped(m, record.spec)}"] if m.steps else []
    for label, found in (("memory", memory_taken(record)), ("time", time_taken(record))):
        if found:
            lines.append(f"  {label}: {found}")
    lines += filter(None, [all_logits_sentence(record)])
    lines += [f"  {sentence}" for sentence in (*start_words(record)[:1], *gain_words(record, by_kind=False), *loss_words(record))]
    return "\n".join(lines)


def gain_words(record: RunRecord, *, by_kind: bool = True) -> list[str]:
    """What HypLoRA's gain did at the last probe, and what long tokens mean; empty before the first probe.

    `by_kind`: also kind of module by kind, and what c would bend the layers that hardly bend.
    """
    from hypviz.studies.finetune import shelf
    from hypviz.words.activations import calibrated, long_tokens
    from hypviz.words.gain import as_lora_sentence, curvature_sentence, kind_sentences, massive_sentence, sentences, whole_sentence

    shown = shelf.whole(record)
    probe, calibration, start = shown.probe, shown.calibration, shown.start
    adapters = probe.summary.adapters if probe is not None else ()
    long = long_tokens((start.summary.adapters if start is not None else ()) or adapters)
    said: list[str | None] = []
    for entry in adapters:
        said.append(whole_sentence(entry))
        if start is None:
            said += sentences(entry) if by_kind else [massive_sentence(entry)]
        elif entry.hyperbolic:  # what is said of the start has the massive tokens
            said += [*kind_sentences(entry), curvature_sentence(entry)] if by_kind else []
            said.append(as_lora_sentence(entry))
    if long is not None and (long.is_warning or start is None):
        said.append(long.sentence)
    if calibration is not None and start is None:
        said.append(calibrated(calibration))
    return [sentence for sentence in said if sentence is not None]


def over_seeds(ended: Sequence[RunRecord]) -> dict[str, Any]:
    """HypLoRA's training loss against the others' over all seeds that came to their end, in numbers and words."""
    from hypviz.records.runs import DONE
    from hypviz.studies.finetune.seeds import metrics_by_seed
    from hypviz.words.seeds import seeds_gaps, seeds_sentences

    gaps = seeds_gaps(metrics_by_seed([record for record in ended if record.state == DONE]))
    return {
        "loss_gaps": {
            f"{gap.method} minus {gap.against}": {
                "value": gap.interval.value,
                "interval": [gap.interval.low, gap.interval.high],
                "steps": gap.n_steps,
                "per_seed": {str(seed): value for seed, value in gap.per_seed.items()},
            }
            for gap in gaps
        },
        "words": list(seeds_sentences(gaps)),
    }


def _adapter(folder: str | None, record: RunRecord, out: Path | None) -> str | None:
    """Where the adapter lies now: in the run, or in its copy."""
    if folder is None or out is None:
        return folder
    return str(out.resolve() / Path(folder).relative_to(record.folder))


def start_words(record: RunRecord) -> list[str]:
    """What was found out before the first step; empty until it is known."""
    from hypviz.studies.finetune import shelf
    from hypviz.words.start import start_sentences

    shown = shelf.whole(record)
    return list(start_sentences(shown.start, record.spec, shown.calibration))


def loss_words(record: RunRecord) -> list[str]:
    """The differences with their intervals, how much of them is alpha, and what follows; empty with too few steps."""
    from hypviz.studies.finetune import shelf
    from hypviz.words.losses import ONE_SEED, conclusion, gap_sentence, shares, shares_finding

    metrics = shelf.whole(record).metrics
    gaps, found = gap_sentence(metrics), shares(metrics)
    if gaps is None:
        return []
    told = [f"{ONE_SEED} {gaps}", f"{shares_finding(found)}." if found is not None else None, conclusion(metrics)]
    return [sentence for sentence in told if sentence is not None]


def loss_numbers(record: RunRecord) -> dict[str, Any]:
    """The same as numbers: differences of the loss with 95 % intervals, and `share_by_alpha`, None where it cannot be told."""
    from hypviz.studies.finetune import shelf
    from hypviz.words.losses import loss_gap, shares

    metrics, methods = shelf.whole(record).metrics, record.spec.methods
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
    from hypviz.studies.finetune import shelf
    from hypviz.words.activations import long_tokens

    start = shelf.whole(record).start
    long = long_tokens(start.summary.adapters) if start is not None else None
    return long.sentence if long is not None and long.is_warning else None
