"""The vocabulary of a hub model alone: its tables by byte ranges with the bits of the whole, and what becomes of every broken answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.errors import ModelError
from tests.models.source.conftest import Ask
from tests.models.source.hub_server import COMMIT, Hub

WHOLE = {"org/single": ("llama", False), "org/sharded": ("qwen3", True)}


def tables(path: str) -> tuple[np.ndarray, np.ndarray]:
    ref = models.resolve(path)
    return models.read_embeddings(ref).values[:], models.read_embeddings(ref, output=True).values[:]


@pytest.mark.parametrize("repo", WHOLE)
@pytest.mark.parametrize("trouble", [[], ["dropped", "dropped", "busy"]])
def test_its_tables_are_those_of_the_whole_and_no_other_weight_is_fetched(ask: Ask, hub: Hub, checkpoint_folder, repo, trouble):
    hub.trouble[:] = ["", *trouble] if trouble else []  # the header arrives
    cost, ref = ask(("estimate", f"{repo}#vocabulary", None), ("resolve", f"{repo}#vocabulary", None))
    whole = checkpoint_folder(*WHOLE[repo])
    assert all((one == other).all() for one, other in zip(tables(ref["path"]), tables(str(whole)), strict=True))
    assert (ref["kind"], ref["revision"], ref["only_vocabulary"], ref["source"]) == ("hub", COMMIT, True, f"{repo}#vocabulary")
    files = {f.name for f in Path(ref["path"]).iterdir()}
    assert "model.safetensors" in files and not any(name.endswith((".header", ".part")) or name == "etags.json" for name in files)
    stored = (Path(ref["path"]) / "model.safetensors").stat().st_size
    assert cost["bytes_to_download"] < stored < cost["bytes_to_download"] + 1000
    assert ref["steps"][-1][0] == ref["steps"][-1][1]
    assert ask(("estimate", f"{repo}#vocabulary", None))[0]["bytes_to_download"] == 0


def test_quantised_tables_are_fetched_with_what_belongs_to_them(ask: Ask, hub: Hub, tmp_path: Path):
    ref, few = ask(("resolve", "org/packed#vocabulary", None), ("resolve", "org/packed#vocabulary=100", None))
    assert all((one == other).all() for one, other in zip(tables(ref["path"]), tables(str(tmp_path / "packed")), strict=True))
    assert ref["quantised_rows"] == "MLX 4-bit" and "are quantised, with scales beside them, and are fetched whole" in few["text"]


def test_a_few_rows_of_a_large_table_cost_a_few_bytes(ask: Ask, hub: Hub, checkpoint_folder):
    (ref,) = ask(("resolve", "org/single@main#vocabulary=100", None))
    there, whole = models.resolve(ref["path"]), tables(str(checkpoint_folder("llama")))[0]
    assert (models.read_embeddings(there).values[:] == whole[:100]).all()
    assert hub.bytes_sent("model.safetensors") < 100_000 + 100 * 2 * whole.shape[1] + 1  # of one table, beside the header
    assert models.summarise(there).vocab_size == 100
    tokens = models.read_token_table(there)
    assert len(tokens.text) == 100 and tokens.n_without_row == 300  # of 400 tokens in 405 rows


def test_what_was_fetched_is_there_without_a_network_and_found_by_the_pages(ask: Ask, hub: Hub):
    before, first, after = ask(*((what, "org/single#vocabulary", None) for what in ("find", "resolve", "find")))
    assert "is not on this machine yet" in before["text"] and after["fingerprint"] == first["fingerprint"]
    asked = len(hub.requests)
    for answers in (
        ask(("estimate", "org/single#vocabulary", None), ("resolve", "org/single#vocabulary", None), endpoint="http://127.0.0.1:9"),
        ask(("find", f"org/single@{COMMIT}#vocabulary", None), ("resolve", "org/single#vocabulary", None), offline=True),
    ):
        assert answers[1]["fingerprint"] == first["fingerprint"] and len(hub.requests) == asked
    (whole,) = ask(("find", "org/single", None))
    assert "is not on this machine yet" in whole["text"]


def test_files_that_lie_elsewhere_are_fetched_from_there(ask: Ask, hub: Hub, checkpoint_folder):
    hub.elsewhere.add("org/single")
    (ref,) = ask(("resolve", "org/single#vocabulary", None))
    assert (tables(ref["path"])[0] == tables(str(checkpoint_folder("llama")))[0]).all()
    assert any(path.startswith("/elsewhere/") for _, path, _ in hub.requests)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (["", "changed"], "changed while it was read; load it again"),
        (["whole"], "does not hand out parts of model.safetensors of org/single"),
        (["", "shifted"], "sends other bytes of model.safetensors"),
        (["", *["dropped"] * 8], None),
        (["busy"] * 20, "asks to wait"),
    ],
)
def test_every_broken_answer_is_one_sentence_or_mended(ask: Ask, hub: Hub, trouble, words):
    hub.trouble[:] = trouble
    (answer,) = ask(("resolve", "org/single#vocabulary", None))
    if words is None:
        assert "text" not in answer
    else:
        assert answer["error"] == "ModelError" and words in answer["text"] and answer["text"].endswith(".") and "\n" not in answer["text"]
        hub.trouble.clear()
        (again,) = ask(("resolve", "org/single#vocabulary", None))
        assert again["only_vocabulary"]


def test_a_fetch_that_was_cut_goes_on_where_it_stopped(ask: Ask, hub: Hub, checkpoint_folder, private_cache):
    hub.trouble[:] = ["", "changed"]
    ask(("resolve", "org/single#vocabulary", None))
    (begun,) = private_cache.rglob("*.part")
    grown = begun / "model.safetensors"
    (head,) = [grown.read_bytes()]
    piece = tables(str(checkpoint_folder("llama")))[0]
    raw = (piece.view(np.uint32) >> 16).astype("<u2").tobytes()
    grown.write_bytes(head + raw[:1001])
    hub.requests.clear()
    (ref,) = ask(("resolve", "org/single#vocabulary", None))
    assert (tables(ref["path"])[0] == piece).all()
    assert hub.bytes_sent("model.safetensors") == (Path(ref["path"]) / "model.safetensors").stat().st_size - len(head) - 1001


def test_a_model_of_which_only_the_vocabulary_is_there_is_not_loaded(ask: Ask, hub: Hub):
    from hypviz.records.models import ModelRef

    (answer,) = ask(("resolve", "org/single#vocabulary", None))
    ref = ModelRef(**{k: v for k, v in answer.items() if k not in ("steps", "torch")})
    with pytest.raises(ModelError, match=r"Only the vocabulary of org/single is on this machine.*load org/single on Start"):
        models.load_model(ref)
