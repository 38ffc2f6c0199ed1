"""A fine-tune in sentences: where it stands, what it took, what was left out, how it ended.

In: a `RunRecord`. What its losses, gains and clipping mean is said elsewhere.
"""

from __future__ import annotations

from hypviz.methods import title_of
from hypviz.records.resources import MemoryPlan
from hypviz.records.runs import DONE, QUEUED, RunRecord, RunSpec, loss_window
from hypviz.words.durations import duration, roughly
from hypviz.words.members import named
from hypviz.words.numbers import counted, size

SHIPPED = "ships with hypviz"


def memory_taken(record: RunRecord) -> str | None:
    """The process at its largest, and what had been expected, in one sentence; None before its first sign of life."""
    if record.resources is None:
        return None
    line = f"{size(record.resources.peak_bytes)}: {record.resources.peak_measured}"
    if record.spec.processes > 1:
        line += f", the first of {record.spec.processes}"
    return line if record.plan is None else f"{line}; expected {size(record.plan.memory.total_bytes)}"


def all_logits_sentence(record: RunRecord) -> str | None:
    """Said where the logits of all tokens had to be computed; None where those of answers were enough."""
    reason = record.resources.all_logits_because if record.resources else None
    if reason is None:
        return None
    return f"The logits of all tokens are computed, not only those of answers, because {reason}; this costs memory and time."


def time_taken(record: RunRecord) -> str | None:
    """Seconds from the start to the end against what had been said, for a run that has ended; None otherwise."""
    if record.started_at is None or record.ended_at is None or record.state != DONE:
        return None
    taken = duration(record.ended_at - record.started_at)
    said = record.plan.seconds if record.plan else None
    return taken if said is None else f"{taken}; about {roughly(said)} were expected"


def describe(record: RunRecord) -> str:
    """Where an active run stands, in a few words: its place in line, its phase, or the losses."""
    if record.state == QUEUED:
        place = record.queue_position
        return "starting" if place is None else f"waiting for its turn, number {place} in line"
    losses = [f"{title_of(m.method)} {m.last_loss:.3f}" for m in record.members if m.last_loss is not None]
    phase = record.phase if record.state != "stopping" else "stopping"
    return f"{phase}, loss of the {last_steps(_averaged(record))}: {', '.join(losses)}" if losses else phase


def last_steps(n: int) -> str:
    """Over what a loss is taken: ``last step``, ``last 10 steps``."""
    return "last step" if n == 1 else f"last {n:,} steps"


def _averaged(record: RunRecord) -> int:
    """The number of steps over which `MemberReport.last_loss` is the mean."""
    return min(loss_window(record.spec.steps), max(member.steps for member in record.members))


def headline(record: RunRecord) -> str:
    """One sentence for an ended run."""
    steps = counted(record.spec.steps, "step")
    steps = steps if record.state == DONE else f"{record.step:,} of {steps}"
    losses = [
        f"{title_of(m.method)} {m.first_loss:.3f} → {m.last_loss:.3f}" for m in record.members if m.first_loss is not None and m.last_loss
    ]
    told = f"; loss of the first step → of the {last_steps(_averaged(record))}: {', '.join(losses)}" if losses else ""
    return f"{record.state}: {steps}{told}"


def too_long_sentence(record: RunRecord) -> str | None:
    """How many problems were left out for their length, or None."""
    if not record.n_too_long:
        return None
    are, were = ("is", "was") if record.n_too_long == 1 else ("are", "were")
    of = counted(record.n_problems, "problem")
    return f"{record.n_too_long:,} of {of} {are} longer than {record.spec.max_tokens} tokens and {were} left out."


def rejoined_sentence(record: RunRecord) -> str | None:
    """How many problems have a token over the end of their prompt, and what was done about it, or None."""
    if not record.n_rejoined:
        return None
    of = counted(record.n_problems, "problem")
    return (
        f"In {record.n_rejoined:,} of {of} this tokenizer joins the end of the prompt and the start of the answer; there the answer "
        "was encoded apart, so that the prompt is the one that is asked."
    )


def memory_sentence(plan: MemoryPlan, spec: RunSpec) -> str:
    """What it needs and what is free; why in parts, where they were chosen."""
    line = f"About {size(plan.total_bytes)} of memory at its largest ({size(plan.free_bytes)} are free)"
    if plan.chosen and plan.parts > 1:
        each = spec.batch // plan.parts
        line += f": each step is worked off in {plan.parts} parts of {each}; in one it would be {size(plan.whole_bytes)}"
    return line + "."


def expected_steps(steps: int, seconds: float | None) -> str:
    """``150 steps, about 2 min``; without the time where nothing is known of it."""
    return counted(steps, "step") if seconds is None else f"{counted(steps, 'step')}, about {roughly(seconds)}"


def expected_sentence(spec: RunSpec, seconds: float, *, corrected: bool, seeds: int, waiting: int) -> str:
    """Who learns for how long, how that is known, and how many runs come before; `seconds` is the time of one seed."""
    how = "from a trial of one block on this machine just now" + (" and an earlier fine-tune" if corrected else "")
    line = f" It will wait for {counted(waiting, 'fine-tune')} before it." if waiting else ""
    several = f", with each of {seeds} seeds" if seeds > 1 else ""
    steps = f"{counted(spec.steps, 'step')} each on the same batches"
    return f"{named(spec.methods)}, {steps}{several}: about {roughly(seeds * seconds)}, {how}.{line}"


def about(seconds: float) -> str:
    """An estimated time for people, no finer than it is known."""
    return roughly(seconds)
