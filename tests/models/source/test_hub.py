"""Hub models against a local server that plays the hub: costs without weights, exact downloads, and every refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hypviz import models
from tests.models.source.conftest import Ask
from tests.models.source.hub_server import COMMIT, Hub

FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


def test_cost_comes_from_metadata_without_a_byte_of_weights(ask: Ask, hub: Hub, checkpoint_folder: Callable[..., Path]) -> None:
    (cost,) = ask(("estimate", "org/single", None), name="that has asked nothing yet")
    local = models.estimate(str(checkpoint_folder("llama")))
    assert cost["bytes_to_read"] == cost["bytes_to_download"] + (hub.folders["org/single"] / "config.json").stat().st_size
    assert (cost["bytes_to_read"], cost["n_files"]) == (local.bytes_to_read, local.n_files)
    assert (cost["memory_bytes"], cost["n_parameters"]) == (local.memory_bytes, local.n_parameters)
    assert hub.bytes_sent(".safetensors") == 0
    assert not cost["torch"]


def test_where_the_hub_has_no_count_the_headers_are_read_by_range(ask: Ask, hub: Hub, checkpoint_folder: Callable[..., Path]) -> None:
    (cost,) = ask(("estimate", "org/sharded", None))
    local = models.estimate(str(checkpoint_folder("qwen3", True)))
    assert (cost["n_parameters"], cost["memory_bytes"]) == (local.n_parameters, local.memory_bytes)
    ranged = [r for r in hub.requests if r[1].endswith(".safetensors")]
    assert len(ranged) == 3 and all(method == "GET" for method, _, _ in ranged)


def test_exactly_the_needed_files_are_downloaded_once(ask: Ask, hub: Hub, tmp_path: Path) -> None:
    first, cost, again = ask(("resolve", "org/single", None), ("estimate", "org/single", None), ("resolve", "org/single", "main"))
    folder = Path(first["path"])
    assert {f.name for f in folder.iterdir()} == {*FILES, "model.safetensors"}
    assert (first["kind"], first["revision"], folder.name) == ("hub", COMMIT, COMMIT)
    assert first["fingerprint"] == again["fingerprint"] == models.resolve(str(tmp_path / "single")).fingerprint
    assert cost["bytes_to_download"] == 0
    assert hub.bytes_sent("model.safetensors") == (folder / "model.safetensors").stat().st_size
    downloads = [step for step in first["steps"] if step[1] != again["steps"][-1][1]]
    assert downloads[-1][0] == downloads[-1][1]


def test_a_sharded_snapshot_loads_like_the_folder_it_came_from(ask: Ask, checkpoint_folder: Callable[..., Path]) -> None:
    (ref,) = ask(("resolve", f"org/sharded@{COMMIT}", None))
    local = models.resolve(str(checkpoint_folder("qwen3", True)))
    there = models.resolve(ref["path"])
    assert there.fingerprint == local.fingerprint == ref["fingerprint"]
    assert (models.read_embeddings(there).values == models.read_embeddings(local).values).all()


def test_a_downloaded_model_works_without_network(ask: Ask) -> None:
    (online,) = ask(("resolve", "org/single", None))
    for answers in (
        ask(("estimate", "org/single", None), ("resolve", "org/single", None), endpoint="http://127.0.0.1:9"),
        ask(("estimate", "org/single", None), ("resolve", "org/single", None), offline=True),
    ):
        assert answers[0]["bytes_to_download"] == 0
        assert answers[1]["fingerprint"] == online["fingerprint"] and answers[1]["revision"] == COMMIT


def test_pages_find_a_downloaded_model_without_asking_the_hub(ask: Ask, hub: Hub) -> None:
    before, _, online, after = ask(
        ("find", "org/single", None), ("estimate", "org/single", None), ("resolve", "org/single", None), ("find", "org/single", None)
    )
    assert "is not on this machine yet; load it on the Start page" in before["text"]
    assert after["fingerprint"] == online["fingerprint"]
    asked = len(hub.requests)
    (again,) = ask(("find", "org/single", None))
    assert again["fingerprint"] == online["fingerprint"] and len(hub.requests) == asked


def test_a_download_cut_short_goes_on_where_it_stopped_or_says_so(ask: Ask, hub: Hub) -> None:
    weights = hub.folders["org/single"] / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-10])
    (refused,) = ask(("resolve", "org/single", None))
    assert refused["error"] == "ModelError" and "cut short" in refused["text"]
    weights.write_bytes(whole)


@pytest.mark.parametrize(
    ("source", "revision", "words"),
    [
        ("org/missing", None, "no model org/missing that this machine may see"),
        ("org/single/x.gguf", None, "org/single has no file x.gguf; it holds no GGUF file"),
        ("org/single", "v9", "org/single has no revision v9"),
        ("org/gated", None, "org/gated is gated: accept its terms at http://127.0.0.1:"),
        ("org/gated", None, "set HF_TOKEN to a token of yours"),
        ("org/pickle", None, "weights only as pickle (pytorch_model.bin)"),
        ("org/code", None, "streamlit run app.py -- --trust-remote-code"),
        ("org/empty", None, "lacks config.json, model.safetensors, tokenizer.json"),
        ("org/busy", None, "HTTP 503"),
        ("org/limited", None, "HTTP 429"),
        ("org/forbidden", None, "HTTP 403); accept its terms there if it has any, set HF_TOKEN"),
    ],
)
def test_every_refusal_is_one_sentence(ask: Ask, source: str, revision: str | None, words: str) -> None:
    answers = ask(("estimate", source, revision), ("resolve", source, revision))
    for answer in answers:
        assert words in answer["text"] and "\n" not in answer["text"] and answer["text"].endswith(".")
    assert answers[0]["text"] == answers[1]["text"]


def test_no_network_is_said(ask: Ask) -> None:
    unreachable = ask(("estimate", "org/single", None), ("resolve", "org/single", None), endpoint="http://127.0.0.1:9")
    assert all("The hub at http://127.0.0.1:9 cannot be reached for org/single; check the network" in a["text"] for a in unreachable)
    (forbidden,) = ask(("resolve", "org/single", None), offline=True)
    assert "HF_HUB_OFFLINE forbids" in forbidden["text"]


def test_a_gguf_file_is_read_by_ranges_and_then_whole(ask: Ask, hub: Hub) -> None:
    file = hub.folders["org/gguf"] / "sub" / "tiny.Q8_0.gguf"
    name = "org/gguf/sub/tiny.Q8_0.gguf"
    questions = [("estimate", "org/gguf", None), ("resolve", f"{name}#vocabulary=9", None), ("resolve", name, COMMIT)]
    cost, part, whole, later = ask(*questions, ("find", f"{name}@{COMMIT}", None))
    assert (cost["bytes_to_download"], cost["commit"], cost["torch"]) == (file.stat().st_size, COMMIT, False)
    assert (part["only_vocabulary"], part["revision"], part["quantised_rows"]) == (True, COMMIT, "Q8_0")
    assert whole["fingerprint"] == later["fingerprint"] == models.resolve(str(file)).fingerprint
    (offline,) = ask(("resolve", f"{name}@{COMMIT}", None), offline=True)
    assert offline["fingerprint"] == whole["fingerprint"]
