"""``hypviz disk --truths``: how true the picture is under two readings of what is near, as a table and as JSON."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hypviz.cli.common import watching

if TYPE_CHECKING:
    from hypviz.records.disk_truths import DiskTruths
    from hypviz.records.layout import DiskLayout
    from hypviz.records.specs.disk import LayoutSpec

TRUTHS_HELP = "Measure also without the first two components, and how far families of words stay together."


def measured_truths(spec: LayoutSpec, layout: DiskLayout) -> DiskTruths | None:
    """How true the picture of the `layout` of `spec` is; None where it was stopped on the way."""
    from hypviz.records.specs.disk import TruthsSpec
    from hypviz.studies.disk.truths import TRUTHS

    if layout.n_rounds_done != layout.n_rounds:
        return None
    with watching("truths") as work:
        return TRUTHS.get(TruthsSpec(layout=spec), work).record


def truths_payload(found: DiskTruths | None) -> dict[str, Any]:
    """Every reading of what is near, and the families; null where it was not measured."""
    if found is None:
        return {"truths": None, "families": None}
    known = found.families
    return {
        "truths": [dataclasses.asdict(truth) for truth in found.truths],
        "families": None if known is None else dataclasses.asdict(known),
    }


def truths_words(found: DiskTruths | None) -> list[str]:
    """The same for people, as lines."""
    from hypviz.words.disk_truths import truths_lines, truths_sentence

    return [] if found is None else [*truths_lines(found), truths_sentence(found)]
