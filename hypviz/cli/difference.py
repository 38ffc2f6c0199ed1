"""``python -m hypviz difference BASE OTHER``: what a fine-tuned model changed of its base, tensor by tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import emit, json_option, model_argument, note, trust_option, watching

if TYPE_CHECKING:
    from hypviz.records.difference import ModelDifference, TableDifference, TensorDifference

SHOWN = 10


@click.command(
    help="Compare the weights of OTHER, a model that was fine-tuned from MODEL or a LoRA merged into it, with those of MODEL.\n\n"
    "For every tensor: how far it moved against its own length, and of what rank the difference is, which tells a merged LoRA from a "
    "fine-tune of all weights; for the tables, which rows moved. Each may be a folder or a GGUF file; of quantised ones the noise of that "
    "is told. Both models are read tensor by tensor and need not fit into memory."
)
@model_argument
@click.argument("other", metavar="OTHER")
@trust_option
@json_option
def command(model: str, other: str, trust_remote_code: bool, as_json: bool) -> None:
    """Compare, and print the finding, the modules and the tensors that moved farthest."""
    from hypviz.records.specs.difference import DifferenceSpec
    from hypviz.studies.difference import DIFFERENCE
    from hypviz.studies.models import resolve
    from hypviz.words.difference import remarks

    spec = DifferenceSpec(
        base=resolve(model, trust_remote_code=trust_remote_code), other=resolve(other, trust_remote_code=trust_remote_code)
    )
    with watching("comparing") as work:
        found = DIFFERENCE.get(spec, work)
    note(found.notice)
    for remark in remarks(found.record):
        note(remark)
    emit(as_json, _payload(found.record), _words(found.record))


def _payload(record: ModelDifference) -> dict[str, Any]:
    from hypviz.words.difference import difference_finding, kind_of_difference

    return {
        "base": record.base,
        "other": record.other,
        "kind": kind_of_difference(record),
        "finding": difference_finding(record),
        "same_tokens": record.same_tokens,
        "only_base": list(record.only_base),
        "only_other": list(record.only_other),
        "not_compared": list(record.not_compared),
        "tensors": [_tensor(tensor) for tensor in record.tensors],
        "tables": [_table(table) for table in record.tables],
        "provenance": record.provenance.line,
    }


def _tensor(tensor: TensorDifference) -> dict[str, Any]:
    from hypviz.words.difference import explained

    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "norm": tensor.length,
        "moved": tensor.moved,
        "largest": tensor.largest,
        "n_changed": tensor.n_changed,
        "n": tensor.n,
        "rounding": tensor.rounding,
        "rank": tensor.rank,
        "effective_rank": tensor.effective_rank,
        "explained": {str(rank): share for rank, share in explained(tensor).items()},
    }


def _table(table: TableDifference) -> dict[str, Any]:
    top = table.top.tolist()
    rows = [
        {
            "row": row,
            "token": text,
            "norm": float(table.norm[row]),
            "norm_after": float(table.norm_after[row]),
            "moved": float(table.moved[row]),
        }
        for row, text in zip(top, table.top_text, strict=True)
    ]
    return {"tensor": table.tensor, "n_rows": len(table.norm), "n_moved": table.n_moved, "n_more": table.n_more, "farthest": rows}


def _words(record: ModelDifference) -> str:
    """The same for people: the finding, the modules, the tables, and the tensors that moved farthest."""
    from hypviz.words.difference import difference_finding, modules_sentence, rank_words, table_sentence
    from hypviz.words.numbers import percent

    farthest = sorted((tensor for tensor in record.tensors if tensor.is_changed), key=lambda tensor: -tensor.relative)[:SHOWN]
    lines = [f"{difference_finding(record)}.", modules_sentence(record), *map(table_sentence, record.tables)]
    lines += ["Moved farthest against their length:"] if farthest else []
    lines += [f"  {tensor.name}: {percent(tensor.relative)}, rank {rank_words(tensor)}" for tensor in farthest]
    return "\n".join([*filter(None, lines), record.provenance.line])
