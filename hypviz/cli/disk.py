"""``python -m hypviz disk MODEL``: a vocabulary in the Poincaré disk, and what the disk keeps of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import (
    StderrProgress,
    emit,
    json_option,
    model_argument,
    note,
    note_fewer,
    note_model,
    note_reading,
    refuse,
    trust_option,
    watching,
)
from hypviz.cli.disk_chosen import WORDS, TokenIds
from hypviz.cli.disk_extras import Extras
from hypviz.cli.disk_path import LENS_HELP, PATH_HELP
from hypviz.cli.disk_play import OTHER_TABLE, PLAY_HELP
from hypviz.cli.disk_truths import TRUTHS_HELP
from hypviz.cli.numbers import Number
from hypviz.cli.registry_option import entry_option
from hypviz.cli.untrained import untrained_option
from hypviz.records.layout import MODEL_TABLES
from hypviz.records.limits import LAID_OUT, PULL, RADIUS, SEED
from hypviz.records.path import LENSES, LOGIT
from hypviz.records.specs.disk import DEFAULT_METHOD, DEFAULT_RADIUS

if TYPE_CHECKING:
    from hypviz.records.layout import DiskLayout, LayoutQuality
    from hypviz.records.models import ModelRef
    from hypviz.records.specs.disk import LayoutSpec, MatrixRows, ModelRows
    from hypviz.records.texts import Corpus, WordCounts
    from hypviz.registry import Registry
    from hypviz.studies.disk import LayoutMethod

TOKEN_ID = "token-id"


def _layouts() -> Registry[LayoutMethod]:
    from hypviz.studies.disk import LAYOUTS

    return LAYOUTS


@click.command()
@model_argument
@entry_option("--method", registry=_layouts, default=DEFAULT_METHOD, help="How tokens get places.")
@click.option("--table", default="input", show_default=True, type=click.Choice(MODEL_TABLES), help="Embeddings or output layer.")
@click.option("--tokens", type=Number(LAID_OUT), help="Only the N most frequent tokens; all of them unless given.")
@click.option(
    "--radius", default=DEFAULT_RADIUS, show_default=True, type=Number(RADIUS), help="R, the largest hyperbolic distance from the centre."
)
@click.option(
    "--pull", default=0.0, show_default=True, type=Number(PULL), help="How much frequency decides in planar-sne: 0 nothing, 1 nearly all."
)
@click.option(
    "--counts",
    metavar="FILE|NAME",
    help=f"What gives the ranks: a corpus, general (the word table that ships with hypviz), or {TOKEN_ID}. Tokens that it lacks follow "
    "by what a probe of their rows predicts.  "
    "[default: general; bundled for the bundled model]",
)
@click.option("--field", help="The column or JSON field of the corpus that holds the text, if it is not found by itself.")
@click.option("--tokens-file", type=click.Path(path_type=Path), metavar="FILE", help="For a bare matrix: one token a line, UTF-8.")
@click.option("--counts-file", type=click.Path(path_type=Path), metavar="FILE", help="For a bare matrix: one count a line.")
@click.option("--seed", default=0, show_default=True, type=Number(SEED), help="Seed of the layout and of its samples.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.parquet", help="Write the coordinates here.")
@click.option("--measure", type=TokenIds(), metavar="ID,ID,...", help=WORDS)
@click.option("--truths", is_flag=True, help=TRUTHS_HELP)
@click.option("--path", metavar="TEXT", help=PATH_HELP)
@click.option("--lens", default=LOGIT, show_default=True, type=click.Choice(LENSES), help=LENS_HELP)
@click.option("--play", metavar="layers|other-table|MODEL", help=PLAY_HELP)
@untrained_option
@trust_option
@json_option
def command(
    out: Path | None,
    measure: tuple[int, ...] | None,
    truths: bool,
    path: str | None,
    lens: str,
    play: str | None,
    as_json: bool,
    **typed: Any,
) -> None:
    """Lay the vocabulary of MODEL out in the Poincaré disk and measure the layout.

    Similar tokens lie near each other; where frequent ones lie is the method's choice, and --pull's. --out writes one row per token:
    token_id, text, rho, theta, x, y, where rho is the distance from the centre and x + iy = tanh(rho/2) e^(i theta).

    MODEL may also be a bare matrix of shape (n, d): an .npy file, or a .safetensors file of one tensor. Without --counts-file its
    row order stands in for the frequency rank.
    """
    from hypviz.studies.disk import lay_out

    if out is not None:
        _check_out(out)
    asked, extras = Typed(**typed, play=play).asked(), Extras(measure=measure, truths=truths, path=path, lens=lens, play=play)
    extras.check(asked.ref, table=typed["table"], method=typed["method"])
    with watching("disk") as work:
        found = lay_out(asked.spec, work)
    lines, more = extras.found(asked.ref, asked.spec, found.record, asked.texts)
    if asked.ref is not None:
        note_model(asked.ref)
    note(found.notice)
    note_fewer(asked.spec.n_tokens, len(found.record.token_ids), "tokens")
    if out is not None:
        write_parquet(asked.texts(), found.record, out)
    emit(as_json, payload(found.record, out) | more, "\n".join([words(found.record, out), *lines]))
    if found.record.n_rounds_done != found.record.n_rounds:
        note("this is a part, because the layout was stopped; the same command lays it out anew.")
        click.get_current_context().exit(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be laid out, and where the tokens' texts by id come from (None where no file names them)."""

    spec: LayoutSpec
    texts: Callable[[], tuple[str, ...] | None]
    ref: ModelRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed; None where nothing was."""

    model: str
    method: str
    table: str
    tokens: int | None
    radius: float
    pull: float
    counts: str | None
    field: str | None
    tokens_file: Path | None
    counts_file: Path | None
    seed: int
    untrained: bool
    trust_remote_code: bool
    play: str | None

    def asked(self) -> Asked:
        """The question; `HypvizError` for an option that means nothing for what MODEL is."""
        from hypviz.studies.models import is_bare_matrix

        if is_bare_matrix(self.model):
            other_table = self.table if self.table != MODEL_TABLES[0] else None
            refused = {"--counts": self.counts, "--field": self.field, "--table output": other_table, "--untrained": self.untrained or None}
            _refuse("a bare matrix", refused, "give --counts-file, or leave it out")
            return self._of_matrix()
        refused = {"--tokens-file": self.tokens_file, "--counts-file": self.counts_file}
        _refuse("a model", refused, "leave it out, or give a .npy or .safetensors file")
        return self._of_model()

    def _of_matrix(self) -> Asked:
        """The question about a bare matrix."""
        from hypviz.studies.disk import matrix_rows
        from hypviz.studies.models import read_bare_matrix

        matrix = read_bare_matrix(Path(os.path.expanduser(self.model)), tokens_file=self.tokens_file, counts_file=self.counts_file)
        return Asked(spec=self._spec(matrix_rows(matrix)), texts=lambda: matrix.tokens, ref=None)

    def _of_model(self) -> Asked:
        """The question about a model's vocabulary."""
        from hypviz.errors import HypvizError
        from hypviz.records.specs.disk import ModelRows
        from hypviz.studies.counts import default_source, named_source
        from hypviz.studies.models import read_token_table, resolve, summarise

        if self.counts in (None, TOKEN_ID) and self.field is not None:
            refuse("--field", "without a file in --counts", "name the file that has the field")
        corpus = named_source(self.counts, field=self.field) if self.counts not in (None, TOKEN_ID) else None
        ref = resolve(self.model, trust_remote_code=self.trust_remote_code, work=StderrProgress("reading the model"))
        corpus = default_source(ref) if self.counts is None else corpus
        note_reading(corpus)
        if self.table == "output" and summarise(ref).tied:
            raise HypvizError(f"{ref.label} uses one table for its embeddings and its output layer; leave --table out.")
        spec = self._spec(ModelRows(model=ref, table=self.table), corpus)
        return Asked(spec=spec, texts=lambda: read_token_table(ref).text, ref=ref)

    def _spec(self, rows: ModelRows | MatrixRows, counts: Corpus | WordCounts | None = None) -> LayoutSpec:
        from hypviz.records.specs.disk import LayoutSpec

        return LayoutSpec(
            rows=rows,
            counts=counts,
            method=self.method,
            pull=self.pull + 0.0,  # no -0
            radius=self.radius,
            n_tokens=self.tokens,
            seed=self.seed,
            untrained=self.untrained,
            both_tables=self.play == OTHER_TABLE,
        )


def _refuse(what: str, options: dict[str, Any], instead: str) -> None:
    """Raise `HypvizError` for an option that means nothing for `what`."""
    for name, value in options.items():
        if value is not None:
            refuse(name, f"for {what}", instead)


def payload(layout: DiskLayout, out: Path | None) -> dict[str, Any]:
    """The JSON object; `seconds` is what computing the record took, `cpu_seconds` the layout itself, also when it came from the store.

    `distance_spearman` and `spearman_distance` are one number under two names.
    """
    quality = layout.quality
    return {
        "model": layout.provenance.model,
        "n_tokens": len(layout.token_ids),
        "method": layout.method,
        "pull": layout.pull,
        "table": layout.table,
        "radius": layout.radius,
        "radius_source": layout.radius_source,
        "seed": layout.seed,
        "seconds": layout.provenance.seconds,
        "cpu_seconds": layout.cpu_seconds,
        "n_clipped": layout.n_clipped,
        "n_uncounted": layout.n_uncounted,
        "ranks": _ranks(layout),
        "n_zero_rows": layout.n_zero_rows,
        "n_without_token": layout.n_without_token,
        "n_untrained": layout.n_untrained,
        "n_groups": layout.n_groups,
        "n_shortened": layout.n_shortened,
        "n_rounds": layout.n_rounds,
        "n_rounds_done": layout.n_rounds_done,
        **_neighbours(quality),
        "trustworthiness": quality.trustworthiness,
        "continuity": quality.continuity,
        "distance_spearman": quality.distance_spearman,
        "spearman_distance": quality.distance_spearman,
        "radius_spearman": quality.radius_spearman,
        "radius_count_spearman": quality.radius_count_spearman,
        "radius_norm_spearman": quality.radius_norm_spearman,
        "rim_share": quality.rim_share,
        "hub_share": layout.hub_share,
        "fill": quality.fill,
        "out": str(out) if out is not None else None,
    }


def _ranks(layout: DiskLayout) -> dict[str, Any]:
    """How many tokens rank by their count, what ranks the others, and how well a probe predicts counts that it has not seen."""
    n, found = len(layout.token_ids), layout.probe
    others = "probe" if layout.ranked_by_probe else "row order" if layout.table == "matrix" else "token id"
    measured = None if found is None else dataclasses.asdict(found)
    return {
        "n_counted": n - layout.n_uncounted,
        "n_by_probe": layout.n_uncounted if layout.ranked_by_probe else 0,
        "uncounted_by": others if layout.n_uncounted else None,
        "probe": measured,
    }


def _neighbours(quality: LayoutQuality) -> dict[str, Any]:
    """What is kept of the nearest neighbours, at ten and at every depth."""
    depths = [str(depth) for depth in quality.depths]
    return {
        "n_queries": quality.n_queries,
        "n_neighbours": quality.k,
        "kept_by_chance": quality.kept_by_chance,
        "neighbours_kept_at_10": quality.neighbours_kept_at_10,
        "neighbours_kept_at": dict(zip(depths, quality.kept_at, strict=True)),
        "kept_by_chance_at": dict(zip(depths, quality.chance_at, strict=True)),
        "angle_neighbours_kept_at_10": quality.angle_neighbours_kept_at_10,
    }


def words(layout: DiskLayout, out: Path | None) -> str:
    """The same for people."""
    from hypviz.words.disk import disk_finding, how_it_was_made, quality_sentence

    lines = [disk_finding(layout), *how_it_was_made(layout), quality_sentence(layout), layout.provenance.line]
    return "\n".join([*lines, f"Wrote {len(layout.token_ids):,} rows to {out}."] if out is not None else lines)


def write_parquet(text: tuple[str, ...] | None, layout: DiskLayout, out: Path) -> None:
    """Write token_id, text, rho, theta, x, y to `out`, whole or not at all; `text` by token id, null where there is none."""
    import io

    import pandas as pd

    from hypviz.errors import HypvizError
    from hypviz.studies.disk.view import disk_points
    from hypviz.studies.kept import write_atomically

    z = disk_points(layout.rho, layout.theta)
    columns = {
        "token_id": layout.token_ids,
        "text": [text[i] if text is not None else None for i in layout.token_ids],
        "rho": layout.rho,
        "theta": layout.theta,
        "x": z[:, 0],
        "y": z[:, 1],
    }
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, index=False)
    try:
        write_atomically(out, buffer.getvalue())
    except OSError as error:
        raise HypvizError(f"The layout could not be written to {out} ({error.strerror}); give another --out file.") from error


def _check_out(out: Path) -> None:
    """Refuse before the work what could not be written after it."""
    from hypviz.errors import HypvizError

    if out.suffix != ".parquet":
        raise HypvizError(f"--out is {out}, but the layout is written as parquet; give a name that ends in .parquet.")
    if not out.resolve().parent.is_dir():
        raise HypvizError(f"There is no folder {out.resolve().parent} to write {out.name} into; create it or give another --out.")
