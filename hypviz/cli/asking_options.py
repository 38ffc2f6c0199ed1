"""The options that say how questions are put: ``--template``, ``--system`` and ``--shots``, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hypviz.cli.common import note
from hypviz.cli.numbers import Number
from hypviz.cli.registry_option import entry_option
from hypviz.records.limits import SEED, SHOTS

if TYPE_CHECKING:
    from hypviz.records.answers import Column
    from hypviz.records.asking import Asking
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import ProblemSet
    from hypviz.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAs:
    """What was typed; None where nothing was."""

    template: str | None
    system: str | None
    shots: int | None
    shots_from: str | None
    shots_seed: int


def _templates() -> Registry[Any]:
    from hypviz.templates import TEMPLATES

    return TEMPLATES


def asking_options(function: F) -> F:
    """The options, handed to the command by their names."""
    options = (
        entry_option(
            "--template",
            registry=_templates,
            default=None,
            help="How a question is put; by default as the adapters learned it, "
            "else chat where the model has a chat template and question where not.",
        ),
        click.option("--system", metavar="TEXT", help="The system's turn of a chat. [default: the adapters', or the chat template's own]"),
        click.option(
            "--shots", type=Number(SHOTS), help="Worked examples before every question. [default: as the adapters learned, else 0]"
        ),
        click.option("--shots-from", metavar="FILE|NAME", help="Where they are drawn from; of a bundled set it is the training split."),
        click.option("--shots-seed", type=Number(SEED), default=0, show_default=True, help="Which ones are drawn."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def asking_of(
    ref: ModelRef,
    typed: AskedAs,
    columns: Sequence[Column],
    *,
    asked: Sequence[str],
    source: ProblemSet | str | None = None,
) -> Asking:
    """How the columns are asked, with a note on the examples and on adapters that learned it otherwise; `source` if none was typed."""
    from hypviz.records.asking import PLAIN_QUESTION
    from hypviz.studies.how_asked import asked_as, learned_otherwise, usual_asking
    from hypviz.words.asking import asking_words

    usual = usual_asking(ref, [column.adapter for column in columns if column.adapter is not None])
    found = asked_as(
        ref,
        usual.asking,
        template=typed.template,
        system=typed.system,
        shots=typed.shots,
        seed=typed.shots_seed,
        source=typed.shots_from or source,
        asked=asked,
    )
    if not found == usual.asking == PLAIN_QUESTION:
        note(f"asked by {asking_words(found)}." + ("" if typed.template else f" {usual.reason}"))
    note(learned_otherwise(ref, columns, {}, found))
    return found
