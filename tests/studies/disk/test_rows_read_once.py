"""A first disk reads a table once: the basis, the neighbours, the measures, the norms and a look at a token share the rows.

That of the output layer reads the input table too, once: ranks belong to tokens, and both pictures hold the same ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from hypviz.models import read_embeddings, resolve
from hypviz.models.checkpoint import values
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.counts import default_source
from hypviz.studies.disk import lay_out, layout_rows, token_neighbours
from hypviz.studies.tokens import row_norms, token_table


@pytest.mark.parametrize(("table", "tables"), [("input", ["read"]), ("output", ["read", "read"])])
def test_a_first_disk_opens_each_table_once(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, tables: list[str]
) -> None:
    read, build = values.read_float32, AutoModelForCausalLM.from_config
    seen: list[str] = []
    monkeypatch.setattr(values, "read_float32", lambda tensor: seen.append("read") or read(tensor))
    monkeypatch.setattr(AutoModelForCausalLM, "from_config", lambda *args, **options: seen.append("built") or build(*args, **options))
    ref = resolve(str(shutil.copytree(tiny_llama, tmp_path / "fresh")))
    layout = lay_out(LayoutSpec(rows=ModelRows(model=ref, table=table), counts=default_source(ref))).record
    norms, tokens = row_norms(ref, table=table), token_table(ref)
    found = token_neighbours(layout_rows(read_embeddings(ref, output=table == "output"), layout), layout, 3)
    assert len(norms) == len(tokens.text) and len(found.nearest) == 10
    assert sorted(seen) == ["built", *tables]
