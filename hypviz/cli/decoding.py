"""Options of commands whose models answer: how tokens are chosen, by name, and what ends an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from hypviz.cli.common import is_given, note
from hypviz.cli.numbers import Number
from hypviz.records.answers import DECODINGS, GREEDY, SAMPLE, USUAL_TEMPERATURE, named_decoding
from hypviz.records.limits import SEED, TEMPERATURE
from hypviz.records.stop_strings import read_stops


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the options say, as specs have it."""

    beams: int
    temperature: float
    seed: int
    stop: tuple[str, ...]

    @property
    def fields(self) -> dict[str, Any]:
        """By the names of a spec's fields."""
        return {"beams": self.beams, "temperature": self.temperature, "seed": self.seed, "stop": self.stop}


def decoding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--decoding, --temperature, --seed and --stop."""
    for option in (
        click.option("--stop", "stop", multiple=True, metavar="TEXT", help=r"Ends an answer, which is kept up to it; \n is a line break."),
        click.option("--seed", type=Number(SEED), default=0, show_default=True, help="For sampling; the same noise for every column."),
        click.option(
            "--temperature", type=Number(TEMPERATURE), help=f"For sampling.  [default: {USUAL_TEMPERATURE} with --decoding {SAMPLE}]"
        ),
        click.option(
            "--decoding",
            "decoding",
            type=click.Choice(DECODINGS),
            help="The most likely token, the paper's beam search (4 beams), or tokens drawn.  [default: greedy; sample with --temperature]",
        ),
    ):
        command = option(command)
    return command


def how(decoding: str | None, temperature: float | None, seed: int, stop: tuple[str, ...]) -> How:
    """What was chosen; a temperature above 0 alone means sampling. Raises `HypvizError` for choices that contradict each other."""
    name = decoding or (SAMPLE if temperature else GREEDY)
    beams, heat = named_decoding(name, temperature)
    if name != SAMPLE and is_given("seed"):
        note(f"--seed plays no part in {name} decoding, where no token is drawn; add --temperature to sample.")
    return How(beams=beams, temperature=heat, seed=seed, stop=read_stops(stop))
