"""Pages on a machine with little memory: the model answers in bfloat16, every page says so, and what it finds is kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.models import resolve
from hypviz.records.models import BFLOAT16, FLOAT32
from hypviz.store import Store
from hypviz.ui.shell.session import language_model
from tests.pages.running import at_rest, open_page, press, run_until, words
from tests.strangers import stranger

SAYS = "answers in bfloat16: its weights would fill"


@pytest.fixture
def source(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """MODEL, on a machine whose memory it would fill."""
    monkeypatch.setattr("hypviz.models.live.number.total_memory", lambda: 200_000)
    return str(tiny_llama)


@pytest.fixture
def adapter(tiny_llama: Path, tmp_path: Path) -> Path:
    return stranger(tmp_path / "it", resolve(str(tiny_llama)))


@pytest.mark.parametrize(("page", "button"), [("compare", "Compare 2 answers"), ("evaluate", "Ask 5 problems")])
def test_answers_are_given_and_kept_apart_from_those_in_float32(source: str, adapter: Path, page: str, button: str) -> None:
    app = open_page(f"pages/{page}.py", source, run="each", first=str(adapter), second="none", tokens="4", n="5", problems="bundled")
    press(app, button)
    run_until(app, lambda: at_rest(app) and app.get("download_button"))
    assert not app.error and not app.exception and SAYS in words(app)
    kept = [str(path) for path in Store().root.rglob("*") if path.is_file()]
    assert kept
    with pytest.MonkeyPatch.context() as ample:
        ample.setattr("hypviz.models.live.number.total_memory", lambda: 10**12)
        other = open_page(f"pages/{page}.py", source, run="each", first=str(adapter), second="none", tokens="4", n="5", problems="bundled")
    assert SAYS not in words(other) and any(button == each.label for each in other.button), "a question that has not been asked"


def test_layers_are_measured(source: str) -> None:
    app = open_page("pages/layers.py", source)
    assert SAYS in words(app) and not app.error and not app.exception


def test_one_model_is_in_memory_at_a_time_in_the_number_of_its_machine(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import weakref

    small = resolve(source)
    assert small.number == BFLOAT16 and small.identity != small.fingerprint
    model = language_model(small)[0]
    assert str(model.dtype) == f"torch.{BFLOAT16}" and language_model(small)[0] is model
    gone = weakref.ref(model)
    del model
    monkeypatch.setattr("hypviz.models.live.number.total_memory", lambda: 10**12)
    ample = resolve(source)
    assert ample.number == FLOAT32 and ample.identity == small.fingerprint
    assert str(language_model(ample)[0].dtype) == f"torch.{FLOAT32}" and gone() is None
