"""A method in one new file is offered on the page and in the shell, trains, is drawn and listed; a gain in one file is offered too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz import runs
from hypviz.cli import main
from hypviz.errors import HypvizError
from hypviz.gains import GAINS
from hypviz.hyplora.folders import read_folder
from hypviz.methods import METHODS, default_methods
from hypviz.runs.checks import check_spec
from hypviz.studies.finetune import shelf
from tests.gains.conftest import TOY_GAIN
from tests.pages.running import open_page, past_runs
from tests.runs.conftest import work_off
from tests.runs.specs import tiny_problems, tiny_spec
from tests.toys import toy_entry

PAGE = "pages/finetune.py"
TOY = '''
"""LoRA with half the alpha."""

from hypviz.methods.entry import AdapterPlan, Method


def _plan(spec):
    return AdapterPlan(rank=spec.rank, alpha=spec.alpha / 2)


ENTRY = Method(
    name="half-lora",
    label="Half LoRA",
    help="LoRA at half its alpha",
    order=15,
    plan=_plan,
    colour="#CC79A7",
    dash="dashdot",
    by_default=False,
)
'''


@pytest.fixture
def half(tmp_path: Path) -> Iterator[str]:
    """The name of a method whose file lies outside the package while the test runs."""
    with toy_entry(METHODS, "hypviz.methods", "toy_half_lora", TOY, tmp_path):
        yield "half-lora"


def test_the_form_and_the_help_offer_it(half: str, tiny_llama: Path) -> None:
    assert list(METHODS)[:3] == ["lora", half, "scaled-lora"] and half not in default_methods()
    said = " ".join(CliRunner().invoke(main, ["finetune", "--help"]).stdout.split())
    assert "half-lora: LoRA at half its alpha" in said
    app = open_page(PAGE, str(tiny_llama), methods=f"lora,{half}")
    assert METHODS[half].shown in app.pills(key="finetune-methods").options
    assert app.pills(key="finetune-methods").value == ["lora", half] and not app.error and not app.exception
    assert app.button(key="finetune-start").label == "Start the two"


def test_it_trains_and_is_drawn_and_listed(half: str, tiny_llama: Path) -> None:
    from hypviz.plots.training import loss_chart, update_chart

    spec = dataclasses.replace(tiny_spec(tiny_llama), methods=("lora", half), steps=2, warmup=0)
    done = work_off(runs.create(spec, tiny_problems()).run_id)
    assert done.record.state == "done", done.record.message
    alphas = {m.method: read_folder(m.adapter or "").config["lora_alpha"] for m in done.record.members}
    assert alphas == {"lora": 8.0, half: 4.0} and done.losses(half)[0] == done.losses("lora")[0]
    for chart in (loss_chart(done.metrics, steps=2), update_chart(done.metrics, steps=2)):
        lines = {line.name: line.line for line in chart.figure.data if line.name}
        assert (lines["Half LoRA"].color, lines["Half LoRA"].dash) == ("#CC79A7", "dashdot")
    app = open_page(PAGE, str(tiny_llama), run=done.record.run_id)
    assert "Half LoRA" in "".join(element.value for element in app.markdown) and not app.exception
    assert "Half LoRA" in past_runs(app).columns


def test_a_run_of_a_method_whose_file_is_gone_can_still_be_read(tmp_path: Path, tiny_llama: Path) -> None:
    with toy_entry(METHODS, "hypviz.methods", "toy_half_lora", TOY, tmp_path):
        spec = dataclasses.replace(tiny_spec(tiny_llama), methods=("lora", "half-lora"), steps=2, warmup=0)
        run_id = work_off(runs.create(spec, tiny_problems()).run_id).record.run_id
    app = open_page(PAGE, str(tiny_llama), run=run_id)
    assert "half-lora" in "".join(element.value for element in app.markdown) and not app.exception and not app.error
    with pytest.raises(HypvizError, match="no method 'half-lora'; choose one of lora, scaled-lora, "):
        check_spec(spec)


def test_a_gain_in_one_file_is_offered_too(tmp_path: Path, tiny_llama: Path) -> None:
    with toy_entry(GAINS, "hypviz.gains", "toy_square", TOY_GAIN, tmp_path):
        assert "square: 1 + u^2/6" in " ".join(CliRunner().invoke(main, ["finetune", "--help"]).stdout.split())
        app = open_page(PAGE, str(tiny_llama), gain="square")
        assert app.selectbox(key="finetune-gain").value == "square" and not app.error and not app.warning


@pytest.mark.parametrize("above", ["form", "run"])
def test_a_broken_file_is_named_once_although_it_breaks_the_list_and_what_stands_above(above: str, tmp_path: Path) -> None:
    run = {} if above == "form" else {"run": shelf.shipped()[0].run_id}
    with toy_entry(METHODS, "hypviz.methods", "toy_broken", "ENTRY = 3", tmp_path):
        app = open_page(PAGE, "bundled", **run)
    (error,) = app.error
    assert "toy\\_broken" in error.value and not app.exception


@pytest.mark.slow
def test_it_trains_on_the_bundled_model(half: str) -> None:
    from hypviz.bundled import BUNDLED_SOURCE
    from hypviz.corpora import read_problems
    from hypviz.models import resolve, summarise
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.studies.finetune.planning import make_spec

    ref, problems = resolve(BUNDLED_SOURCE), read_problems("one-step", limit=20, split="train")
    asked = ExperimentSpec(model=ref, problems=problems, methods=("lora", half), steps=2, warmup=0, batch=4)
    done = work_off(runs.create(make_spec(asked, summarise(ref)), problems).run_id)
    assert done.record.state == "done" and len(done.losses(half)) == 2
