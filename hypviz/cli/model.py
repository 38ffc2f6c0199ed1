"""``python -m hypviz model MODEL``: what a model costs to load, and what it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, trust_option
from hypviz.cli.untrained import Untrained


@click.command(help="Show what MODEL costs to load, then load and check it and show what it is.")
@model_argument
@click.option("--revision", help="Branch, tag or commit of a hub model.")
@click.option("--cost-only", is_flag=True, help="Only the cost: nothing is downloaded but a hub model's configuration.")
@trust_option
@json_option
def command(model: str, revision: str | None, cost_only: bool, trust_remote_code: bool, as_json: bool) -> None:
    """Print cost and summary of MODEL."""
    from hypviz.studies.models import estimate

    cost = estimate(model, revision=revision, trust_remote_code=trust_remote_code)
    payload: dict[str, Any] = {"model": model, **dataclasses.asdict(cost)}
    text = cost_text(payload)
    if not cost_only:
        from hypviz.studies.model import load_report
        from hypviz.studies.models import contents_sentences

        click.echo(text, err=True)
        report = load_report(model, revision=revision, trust_remote_code=trust_remote_code, work=StderrProgress(f"Loading {model}"))
        fields = dataclasses.asdict(report)
        payload["in_the_files"] = contents_sentences(report.contents, label=report.ref.label, architecture=report.summary.architecture)
        untrained = Untrained.of(report.ref, ("input",))
        payload |= {"untrained": untrained.payload(), "never_trained": untrained.words()}
        payload |= {**fields.pop("ref"), **fields.pop("summary"), **{k: v for k, v in fields.items() if k != "cost"}}
        text = summary_text(payload)
    emit(as_json, payload, text)


def cost_text(cost: dict[str, Any]) -> str:
    """The cost of loading as two lines, and a third on weights that are quantised."""
    from hypviz.studies.models import available_memory, show_size
    from hypviz.words.local_models import file_words

    late = ", as downloaded earlier, for the hub was not reached" if cost["as_downloaded"] else ""
    pinned = f"\ncommit {cost['commit']}{late}" if cost["commit"] else ""
    quantised = f"\n{cost['quantised']}" if cost["quantised"] else ""
    download = show_size(cost["bytes_to_download"]) if cost["bytes_to_download"] else "nothing"
    return (
        f"{cost['model']}: {cost['n_parameters']:,} parameters in {file_words(cost['n_files'])}\n"
        f"to download {download}, to read {show_size(cost['bytes_to_read'])}, "
        f"memory {show_size(cost['memory_bytes'])} of {show_size(available_memory())} free{pinned}{quantised}"
    )


def summary_text(model: dict[str, Any]) -> str:
    """The summary as one `name  value` line each."""
    rows = {
        "architecture": f"{model['architecture']} ({model['model_type']})",
        "vocabulary": f"{model['vocab_size']:,} embedding rows, {model['n_tokens']:,} tokens",
        "rows without token": f"{model['n_without_token']:,}",
        "tokens without row": f"{model['n_without_row']:,}",
        "rows never trained": " ".join([f"{len(model['untrained']):,}", *model["never_trained"]]),
        "hidden size": f"{model['hidden_size']:,}",
        "layers": f"{model['n_layers']:,}",
        "output layer": "tied to the input embeddings" if model["tied"] else "untied",
        "in the files": " ".join(model["in_the_files"]),
        "stored as": model["dtype"],
        "parameters": f"{model['n_parameters']:,}",
        "context": f"{model['max_positions']:,} positions" if model["max_positions"] else "no limit",
        "embedding scale": f"{model['embedding_scale']:.4g}",
        "norm of a row": f"median {model['norm_median']:.4g}, from {model['norm_range'][0]:.4g} to {model['norm_range'][1]:.4g}",
        "token kinds": ", ".join(f"{n:,} {name}" for name, n in model["kinds"].items() if n),
        "can be adapted": adapted_text(model),
        "revision": model["revision"] or "none",
        "fingerprint": model["fingerprint"],
        "folder": model["path"],
    }
    notices = (f"{'note':<20}{sentence}" for sentence in model["notices"])
    return "\n".join([*(f"{name:<20}{value}" for name, value in rows.items()), *notices])


def adapted_text(model: dict[str, Any]) -> str:
    """The layers an adapter can go on, how many parameters they hold, and the fused ones that it does not reach."""
    if model["contents"]["no_answers"]:
        return "no layer"
    fused = f"; not {', '.join(model['fused'])} ({sum(model['fused'].values()):,} parameters, fused)" if model["fused"] else ""
    return f"{', '.join(model['linear_names'])} ({model['n_linear_parameters']:,} of the parameters){fused}"
