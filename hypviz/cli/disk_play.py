"""``hypviz disk --play``: the laid out tokens in another table, in another model or after some layers, as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypviz.cli.common import note, refuse, watching

if TYPE_CHECKING:
    from hypviz.records.layout import DiskLayout
    from hypviz.records.models import ModelRef
    from hypviz.records.specs.disk import LayoutSpec
    from hypviz.studies.disk.play_layers import PlayedOn
    from hypviz.work import Work

LAYERS, OTHER_TABLE, STOPS = "layers", "other-table", 3
PLAY_HELP = (
    f"Lay the same tokens out once more, from where they are, and say who moves more than noise: {LAYERS} (each token alone, after {STOPS} "
    f"of them), {OTHER_TABLE}, or a MODEL of the same vocabulary."
)


def check_play(ref: ModelRef | None, what: str | None, *, method: str) -> None:
    """Refuse before the layout what cannot be played on to; raises `HypvizError`."""
    if what is None:
        return
    if ref is None:
        refuse("--play", "for a bare matrix", "give a model")
    from hypviz.studies.disk import LAYOUTS
    from hypviz.studies.disk.play import require_same_vocabulary
    from hypviz.studies.models import resolve, summarise

    if not LAYOUTS.require(method).can_start:
        able = ", ".join(name for name, one in LAYOUTS.items() if one.can_start)
        refuse("--play", f"for the layout {method}, which cannot begin where another one ends", f"choose {able}")
    if what == OTHER_TABLE and summarise(ref).tied:
        refuse(f"--play {OTHER_TABLE}", f"for {ref.label}, which has one table for both ends", f"choose {LAYERS} or a MODEL")
    if what not in (LAYERS, OTHER_TABLE):
        require_same_vocabulary(ref, resolve(what))


def played_on(ref: ModelRef | None, spec: LayoutSpec, layout: DiskLayout, what: str | None) -> PlayedOn | None:
    """The frames, None where none were asked for and for a layout that was stopped; raises `HypvizError` and `Stopped`."""
    if what is None or ref is None or layout.n_rounds_done != layout.n_rounds:
        return None
    from hypviz.studies.disk.play import PLAY, checkpoint_play, table_play
    from hypviz.studies.disk.play_layers import PlayedOn
    from hypviz.studies.models import resolve

    with watching("play") as work:
        if what == LAYERS:
            return _through_layers(ref, spec, layout, work)
        asked = table_play(spec, ref) if what == OTHER_TABLE else checkpoint_play(spec, ref, resolve(what), layout)
        return PlayedOn(played=PLAY.get(asked, work).record, layout=layout, spec=spec)


def _through_layers(ref: ModelRef, spec: LayoutSpec, layout: DiskLayout, work: Work) -> PlayedOn:
    from hypviz.cli.generate import lender
    from hypviz.studies.disk.play_layers import for_layers, play_layers, rests
    from hypviz.studies.models import summarise

    lend, few = lender(ref), for_layers(spec, len(layout.token_ids))
    if few != spec:
        note(f"the {few.n_tokens:,} most frequent of {len(layout.token_ids):,} tokens are played through the layers.")
    return play_layers(few, rests(summarise(ref).n_layers, STOPS), lambda part: lend(), work)


def play_payload(found: PlayedOn | None, texts: tuple[str, ...] | None) -> dict[str, Any] | None:
    """The JSON object: the frames by name, how many move in each step, and every row of the table; null where none was asked for."""
    if found is None or texts is None:
        return None
    from hypviz.studies.disk.play import play_table

    played = found.played
    return {
        "frames": list(played.labels),
        "n_tokens": played.drift.shape[1],
        "n_moved": played.moved.sum(axis=1).tolist(),
        "noise_median": played.noise_median.tolist(),
        "tokens": play_table(played, found.layout, texts).to_dict("records"),
    }


def play_words(found: PlayedOn | None, texts: tuple[str, ...] | None) -> list[str]:
    """The same for people: the finding, a sentence a step, how it is measured, and the table."""
    if found is None or texts is None:
        return []
    from hypviz.studies.disk.play import play_table
    from hypviz.words.play import HOW, play_title, step_sentences

    table = play_table(found.played, found.layout, [repr(text) for text in texts])
    return [play_title(found.played), *step_sentences(found.played), HOW, table.to_string(index=False, float_format="{:.4f}".format)]
