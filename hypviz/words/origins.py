"""What is said of where columns come from: problems that they were trained on, what is not known, and runs that are no repeats."""

from __future__ import annotations

from collections.abc import Sequence

from hypviz.methods import title_of
from hypviz.records.evaluations import Evaluation
from hypviz.records.seeds import Origin
from hypviz.words.layer_names import listed
from hypviz.words.numbers import share
from hypviz.words.verdict import title

COMPARED = "Questions are compared without case, white space and punctuation."


def on_the_training(found: Evaluation) -> str | None:
    """Which of the problems stand in the file that a column learned from, with the shares right there and elsewhere; None without any."""
    groups: dict[tuple[str | None, tuple[int, ...] | None, bool], list[Origin]] = {}
    for origin in found.origins:
        if origin.seen or origin.same_file:
            groups.setdefault((origin.learned, origin.seen, origin.same_file), []).append(origin)
    return " ".join(_group(found, seen, group) for (_, seen, _), group in groups.items()) or None


def not_known(found: Evaluation) -> str | None:
    """The columns of which it is not known what they learned from, or None."""
    unknown = [title(origin.column) for origin in found.origins if origin.seen is None and not origin.same_file]
    if not unknown:
        return None
    return f"Not known whether these problems were trained on: {', '.join(unknown)} (no run folder with its problems was found)."


def not_repeats(found: Sequence[Origin]) -> str | None:
    """Why columns of one method from several runs get no verdict over seeds, or None."""
    by_method: dict[str, list[Origin]] = {}
    for origin in found:
        if origin.run_id is not None:
            by_method.setdefault(origin.method, []).append(origin)
    said: list[str] = []
    for method, several in by_method.items():
        ids = list(dict.fromkeys(origin.run_id for origin in several))
        if len(ids) < 2:
            continue
        name, where = title_of(method), " and ".join(str(run_id) for run_id in ids)
        if len({origin.experiment for origin in several}) > 1 and len({origin.seed for origin in several}) > 1:
            said.append(
                f"The {name} columns come from runs that differ in more than the seed ({where}), so they are no repeats of one run."
            )
        elif len({(origin.experiment, origin.seed) for origin in several}) < len(several):
            said.append(f"Some {name} columns come from runs with the same seed ({where}); only the first of them counts for a seed.")
    return " ".join(said) or None


def _group(found: Evaluation, seen: tuple[int, ...] | None, group: list[Origin]) -> str:
    names, learned = listed([title(origin.column) for origin in group]), group[0].learned
    runs = listed(list(dict.fromkeys(f"run {origin.run_id}" for origin in group)))
    of = f"that {names} {'was' if len(group) == 1 else 'were'} trained on ({learned}, {runs})"
    if seen is None:
        return f"These are problems of the very file {of}: right answers may be remembered, not worked out."
    n, shared = found.n, set(seen)
    if len(shared) == n:
        return f"All {n:,} problems stand in the file {of}: right answers may be remembered, not worked out. {COMPARED}"
    if not shared:
        return f"The file asked is the one {of}, though none of the {n:,} problems counted stands in what the run kept."
    other = n - len(shared)
    parts: list[str] = []
    for origin in group:
        place = next(k for k, score in enumerate(found.columns) if score.name == origin.column)
        right = [row.right[place] for row in found.outcomes]
        there = sum(right[i] for i in shared)
        elsewhere = sum(right) - there
        parts.append(
            f"{title(origin.column)} {there:,} of {len(shared):,} ({share(there / len(shared), 1)}) "
            f"and {elsewhere:,} of {other:,} ({share(elsewhere / other, 1)})"
        )
    stand = "problem stands" if len(shared) == 1 else "problems stand"
    return f"{len(shared):,} of {n:,} {stand} in the file {of}. Right on these and on the other {other:,}: {'; '.join(parts)}. {COMPARED}"
