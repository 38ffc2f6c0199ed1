"""``python -m hypviz showcase``: remake what ships beside the bundled model's weights; not listed, as only its makers need it."""

from __future__ import annotations

import click

from hypviz.cli.common import StderrProgress, note
from hypviz.cli.numbers import Number
from hypviz.records.limits import SEED, STEPS


@click.command()
@click.option("--problems", default="bundled", show_default=True, metavar="NAME", help="What the fine-tune learns from.")
@click.option("--steps", type=Number(STEPS), default=450, show_default=True)
@click.option("--seed", type=Number(SEED), default=0, show_default=True)
def command(problems: str, steps: int, seed: int) -> None:
    """Train the shipped fine-tune, lay out the default disk and answer the case studies, into the package itself."""
    from hypviz.cli.generate import lender
    from hypviz.studies import showcase
    from hypviz.studies.kept import Store, shipped_root, write_atomically
    from hypviz.studies.models import BUNDLED_SOURCE, resolve

    record = showcase.make_three(problems, steps=steps, seed=seed, work=StderrProgress("fine-tune", timed=False))
    note(f"The fine-tune lies in {record.folder}.")
    showcase.make_disk(shipped_root())
    note("The default disk is laid out.")
    ref = resolve(BUNDLED_SOURCE)
    found = showcase.case_outcomes(ref, showcase.shipped_adapters(), lend=lender(ref), store=Store())
    write_atomically(showcase.outcomes_file(), found.to_json())
    click.echo("\n".join(f"{o.title} | {o.column} | {o.answer} | {'right' if o.is_right else 'wrong'}" for o in found.outcomes))
