"""What is said of problems that are not independent of one another, in sentences."""

from __future__ import annotations

from hypviz.records.evaluations import Evaluation
from hypviz.words.numbers import counted


def on_the_clusters(found: Evaluation) -> tuple[str, ...]:
    """How many groups the problems come in, and what is counted by them; nothing where every problem stands alone."""
    if found.n_clusters is None:
        return ()
    return (
        f"The {counted(found.n, 'problem')} come in {counted(found.n_clusters, 'group')}: rephrasings of one problem, or one question in "
        "several rows, are not independent, so intervals and tests count by group. A difference is called where Student's t over the "
        "groups (clustered standard errors, arXiv 2411.00640) and the exact sign-flip test over them both call it.",
    )
