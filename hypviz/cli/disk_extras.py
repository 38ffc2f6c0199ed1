"""What ``hypviz disk`` finds beside the layout: rows never trained, and what it is asked for (chosen tokens, truths, a path, a play)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypviz.cli.disk_chosen import measured, measures_payload, measures_words
from hypviz.cli.disk_path import check_path, followed, path_payload, path_words
from hypviz.cli.disk_play import check_play, play_payload, play_words, played_on
from hypviz.cli.disk_truths import measured_truths, truths_payload, truths_words
from hypviz.cli.untrained import Untrained

if TYPE_CHECKING:
    from hypviz.records.layout import DiskLayout
    from hypviz.records.models import ModelRef
    from hypviz.records.specs.disk import LayoutSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What was typed; None where nothing was."""

    measure: tuple[int, ...] | None
    truths: bool
    path: str | None
    lens: str
    play: str | None

    def check(self, ref: ModelRef | None, *, table: str, method: str) -> None:
        """Refuse before the layout what cannot be found on it; raises `HypvizError`."""
        check_path(ref, self.path, table=table, lens=self.lens)
        check_play(ref, self.play, method=method)

    def found(
        self, ref: ModelRef | None, spec: LayoutSpec, layout: DiskLayout, texts: Callable[[], tuple[str, ...] | None]
    ) -> tuple[list[str], dict[str, Any]]:
        """Rows never trained and everything asked for, in lines for people and as parts of the JSON object; raises `HypvizError`."""
        from hypviz.studies.untrained import tables_of

        chosen = measured(spec, layout, self.measure)
        how_true = measured_truths(spec, layout) if self.truths else None
        path = followed(ref, layout, self.path, lens=self.lens)
        play = played_on(ref, spec, layout, self.play)
        named = texts() if chosen is not None or play is not None else None
        untrained = Untrained.of(ref, tables_of(spec), taken_in=spec.untrained)
        lines = [*untrained.words(), *truths_words(how_true), *measures_words(chosen, named), *path_words(path), *play_words(play, named)]
        more = {"measured": measures_payload(chosen), "path": path_payload(path), "play": play_payload(play, named)}
        return lines, truths_payload(how_true) | more | {"untrained": untrained.payload()}
