"""What is wrong with the options of ``hypviz finetune`` whatever the model: names, sums, and options that would have no effect."""

from __future__ import annotations

from hypviz.cli.common import is_given, refuse
from hypviz.cli.finetune_options import Asked

CALIBRATED = "calibrated"
_OF_A_RADIUS = ("hyplora_alpha", "gain", "c", "radius", "quantile", "lora_beyond", "fixed_radius")


def check_before_reading(asked: Asked) -> None:
    """Raise `HypvizError` before a file is read, which of a large model takes long."""
    from hypviz.methods import default_methods, with_radius
    from hypviz.records.runs import PRECISIONS
    from hypviz.studies.finetune.defaults import default_device
    from hypviz.studies.finetune.planning import check_choices, check_parts, check_warmup, require_cores
    from hypviz.studies.finetune.setups import find_setup

    find_setup(asked.preset)
    methods = default_methods() if asked.methods is None else asked.methods
    check_choices(methods=methods, gain=asked.gain, radius=asked.radius, precision=asked.precision or PRECISIONS[0])
    check_warmup(asked.warmup or 0, asked.steps)
    check_parts(asked.batch, asked.accumulate or 1, asked.processes)
    if asked.processes > 1:
        require_cores(default_device(), asked.processes)
    if not with_radius(methods):
        for name in filter(is_given, _OF_A_RADIUS):
            refuse(_typed(name), f"for {','.join(methods)}, which has no radius", "leave it out, or add hyplora to --methods")
    if is_given("alpha") and is_given("hyplora_alpha") and set(methods) == set(with_radius(methods)):
        refuse("--alpha", "beside --hyplora-alpha where no method is without a radius", "leave it out, or add lora to --methods")
    if asked.radius == CALIBRATED and is_given("c"):
        refuse("--c", "where the radius is calibrated, from the first batch alone", "leave it out, or add --radius typical")
    if asked.radius != CALIBRATED and is_given("quantile"):
        refuse("--quantile", f"where the radius is {asked.radius}, which follows from c", "leave it out, or add --radius calibrated")


def _typed(name: str) -> str:
    return f"--{name.replace('_', '-')}"
