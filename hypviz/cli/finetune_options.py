"""The options of ``hypviz finetune`` and the record that they become; the methods and gains in the help come from their registries."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from hypviz.cli.asking_options import asking_options
from hypviz.cli.common import json_option, model_argument, trust_option
from hypviz.cli.numbers import Number
from hypviz.cli.problem_columns import column_options
from hypviz.records import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed; None where nothing was."""

    model: str
    methods: tuple[str, ...] | None
    preset: str
    problems: str
    steps: int
    rank: int | None
    alpha: float | None
    hyplora_alpha: float | None
    lr: float | None
    targets: tuple[str, ...] | None
    gain: str
    c: float
    radius: str
    quantile: float
    lora_beyond: float
    fixed_radius: bool
    seed: int
    seeds: int
    batch: int
    accumulate: int | None
    warmup: int | None
    max_tokens: int | None
    limit: int | None
    precision: str | None
    processes: int
    out: Path | None
    trust_remote_code: bool
    as_json: bool
    template: str | None
    system: str | None
    shots: int | None
    shots_from: str | None
    shots_seed: int


class _Methods(click.Option):
    """``--methods``, whose help names the methods that there are."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of the help."""
        from hypviz.methods import METHODS, default_methods

        known = "; ".join(f"{name}: {method.help}" for name, method in METHODS.items())
        self.help = f"Adapters trained in turn on the same batches. {known}. [default: {','.join(default_methods())}]"
        return super().get_help_record(ctx)


class _Gain(click.Option):
    """``--gain``, whose help names the variants that there are."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of the help."""
        from hypviz.gains import radial_gains

        known = "; ".join(f"{name}: {gain.help}" for name, gain in radial_gains().items())
        self.help = f"The variant of HypLoRA's gain. {known}."
        return super().get_help_record(ctx)


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


_BEYOND_OR_0 = dataclasses.replace(limits.BEYOND, above=False)
_OPTIONS = (
    model_argument,
    click.option("--methods", cls=_Methods, metavar="A,B", callback=_names),
    click.option(
        "--preset",
        default="matched",
        show_default=True,
        metavar="matched|paper",
        help="paper: rank 32, alpha 64, HypLoRA's alpha 128, layers q, k, v, up, down (arXiv 2410.04010v2); loss, steps and data are ours.",
    ),
    click.option("--problems", default="bundled", show_default=True, metavar="FILE|NAME", help="Problems to learn from."),
    column_options,
    asking_options,
    click.option("--steps", type=Number(limits.STEPS), default=150, show_default=True, help="Optimizer steps of each member."),
    click.option("--rank", type=Number(limits.RANK), help="Rank r of A and B. [default: 16; paper: 32]"),
    click.option("--alpha", type=Number(limits.ALPHA), help="The update is scaled by alpha/r. [default: 32; paper: 64]"),
    click.option(
        "--hyplora-alpha",
        type=Number(limits.HYPLORA_ALPHA),
        help="HypLoRA's own alpha; Scaled LoRA's is that times gains. [default: LoRA's; paper: 128]",
    ),
    click.option("--lr", type=Number(limits.LR), help="Peak learning rate. [default: 3e-3 for bundled, else 3e-4]"),
    click.option("--targets", callback=_names, metavar="A,B", help="Layers to adapt. [default: q,k,v,up,down_proj, or all linear layers]"),
    click.option("--gain", cls=_Gain, default="exact", show_default=True, metavar="NAME"),
    click.option(
        "--c",
        type=Number(limits.CURVATURE),
        default=1.0,
        show_default=True,
        help="HypLoRA's curvature is -c; each layer's radius follows from it.",
    ),
    click.option(
        "--radius", default="calibrated", show_default=True, metavar="calibrated|typical", help="Radius from the first batch, or from c."
    ),
    click.option(
        "--quantile",
        type=Number(limits.QUANTILE),
        default=1.0,
        show_default=True,
        help="Calibrated: this quantile of a layer's |x|/R is 3.",
    ),
    click.option(
        "--lora-beyond", type=Number(_BEYOND_OR_0), default=6.0, show_default=True, help="Tokens of more radii have gain 1; 0: none has."
    ),
    click.option("--fixed-radius", is_flag=True, help="Do not train the radius."),
    click.option(
        "--seed", type=Number(limits.SEED), default=0, show_default=True, help="Decides the initial A and the order of the problems."
    ),
    click.option(
        "--seeds",
        type=Number(limits.SEEDS),
        default=1,
        show_default=True,
        help="Repeat the run with this many seeds, --seed and those that follow.",
    ),
    click.option("--batch", type=Number(limits.BATCH), default=8, show_default=True, help="Problems per step."),
    click.option(
        "--accumulate",
        type=Number(limits.ACCUMULATE),
        help="Parts a batch is worked off in, to save memory. [default: as many as memory asks for]",
    ),
    click.option("--warmup", type=Number(limits.WARMUP), help="Steps to reach the peak. [default: a fifteenth of the steps]"),
    click.option("--max-tokens", type=Number(limits.LEARNED_TOKENS), help="Longest problem used; longer ones are counted. [default: 256]"),
    click.option("--limit", type=Number(limits.PROBLEMS), help="Use the first N problems only."),
    click.option("--precision", metavar="float32|bfloat16", help="[default: decided by model size and hardware]"),
    click.option(
        "--processes", type=Number(limits.PROCESSES), default=1, show_default=True, help="More than one is started by accelerate launch."
    ),
    click.option(
        "--out", type=click.Path(path_type=Path), metavar="DIR", help="Copy the finished run there: adapter/lora, adapter/hyplora, ..."
    ),
    trust_option,
    json_option,
)


def asked_for(function: Callable[[Asked], None]) -> Callable[..., None]:
    """Give a command all these options, which it gets as one record."""

    @functools.wraps(function)
    def command(**typed: object) -> None:
        function(Asked(**typed))  # pyright: ignore[reportArgumentType] click has made each of the type that its option says

    found: Callable[..., None] = command
    for option in reversed(_OPTIONS):
        found = option(found)
    return found
