"""What the pages say of adapters that would change the base, and what becomes of a model that did not stay itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hypviz.errors import BaseChanged
from hypviz.models import resolve
from hypviz.ui.shell.jobs import JobWork
from hypviz.ui.shell.lending import borrowed
from hypviz.ui.shell.session import language_model
from tests.generate.test_virtual_tokens import made
from tests.pages.running import open_page, press, run_until, words
from tests.stages import Stage
from tests.strangers import edited, stranger


@pytest.fixture(scope="module")
def pissa(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stranger(tmp_path_factory.mktemp("strange") / "pissa", resolve(str(tiny_llama)), init_lora_weights="pissa")


@pytest.mark.parametrize("page", ["pages/compare.py", "pages/evaluate.py", "pages/layers.py"])
def test_a_page_says_why_an_adapter_is_refused_before_any_model_is_read(tiny_llama: Path, pissa: Path, page: str) -> None:
    app = open_page(page, str(tiny_llama), run="each", first=str(pissa), second="none")
    assert len(app.error) == 1 and not app.exception
    assert 'has init_lora_weights = "pissa", which takes its start out of the base' in words(app) and "or merge it there" in words(app)


@pytest.mark.parametrize(("page", "button"), [("compare", "Compare 2 answers"), ("evaluate", "Ask 5 problems")])
def test_what_is_not_known_of_an_adapter_stands_beside_its_answers(tiny_llama: Path, tmp_path: Path, page: str, button: str) -> None:
    folder = edited(stranger(tmp_path / "it", resolve(str(tiny_llama))), corda_config={"corda_method": "kpm"})
    app = open_page(
        f"pages/{page}.py", str(tiny_llama), run="each", first=str(folder), second="none", tokens="4", n="5", problems="bundled"
    )
    press(app, button)
    run_until(app, lambda: any("could not be checked" in w.value for w in app.warning))
    assert "lora: peft warns: `corda_config` specified but will be ignored" in words(app) and not app.exception and not app.error


def test_a_model_that_did_not_stay_itself_is_read_again(tiny_llama: Path) -> None:
    ref = resolve(str(tiny_llama))
    with pytest.raises(BaseChanged), borrowed(ref, JobWork(), lambda _: None) as (spoiled, _):
        raise BaseChanged("The base has changed; leave it.")
    with borrowed(ref, JobWork(), lambda _: None) as (again, _):
        assert again is not spoiled and again is language_model(ref)[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_virtual_tokens_are_counted_and_a_whole_model_lies_on_no_base(tiny_llama: Path, tmp_path: Path) -> None:
    ref = resolve(str(tiny_llama))
    model, tokenizer = language_model(ref)
    column = made(tmp_path / "prompt", Stage(ref=ref, model=model, tokenizer=tokenizer), "prompt")
    whole = shutil.copytree(tiny_llama, tmp_path / "whole")
    chosen = {"run": "each", "first": str(column.adapter), "second": str(whole), "third": "none"}
    app = open_page("pages/compare.py", str(tiny_llama), **chosen, tokens="4")
    assert "Before it reads Prompt tuning 5 virtual tokens" in words(app)
    press(app, "Compare 3 answers")
    run_until(app, lambda: "The answer is" in words(app))
    prints = [line for line in words(app).splitlines() if "Weights " in line]
    assert len(prints) == 3 and ["on base" in line for line in prints] == [False, True, False]
    assert any("has the model read 5 virtual tokens of its own" in w.value for w in app.warning) and not app.exception and not app.error
