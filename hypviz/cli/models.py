"""``python -m hypviz models``: the models on this machine, and small ones of the hub worth trying."""

from __future__ import annotations

import dataclasses

import click

from hypviz.cli.common import emit, json_option, note


@click.command(help="List the models on this machine, and small ones of the hub worth trying; nobody is asked and no weight is read.")
@json_option
def command(as_json: bool) -> None:
    """Print MODEL, size and state of each."""
    from hypviz.studies.local_models import AS_OF, SUGGESTED, models_here
    from hypviz.studies.models import show_size
    from hypviz.words.local_models import state_words

    found = models_here()
    for sentence in found.notes:
        note(sentence)
    lines = [f"{show_size(each.size) if each.size else '':>9}  {state_words(each):<28}  {each.source}" for each in found.models]
    lines += ["", f"worth trying (sizes and licences as published by {AS_OF}):"]
    lines += [f"{show_size(s.download_bytes):>9}  {s.licence:<28}  {s.source}" for s in SUGGESTED]
    payload = {**dataclasses.asdict(found), "worth_trying": [dataclasses.asdict(each) for each in SUGGESTED]}
    emit(as_json, payload, "\n".join(lines))
