"""The Start page in each of its states: nothing chosen, cost, loaded, and each refusal as one sentence."""

from __future__ import annotations

import dataclasses
import shutil
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
import torch
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

from hypviz.models import estimate, resolve
from hypviz.records.models import LoadCost, ModelRef
from hypviz.studies import model as studies_model
from hypviz.studies import models as studies_models
from hypviz.ui.shell.pages import MENU

APP = str(Path(__file__).resolve().parents[2] / "app.py")


def open_start(model: str | None = None) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    if model is not None:
        app.query_params["model"] = model
    return app.run()


def until_loaded(app: AppTest) -> AppTest:
    for _ in range(600):
        if app.error or any("is loaded" in s.value for s in app.subheader):
            return app
        time.sleep(0.2)
        app.run()
    raise AssertionError("the model was not loaded")


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def choose(app: AppTest, kind: str, text: str) -> AppTest:
    app.segmented_control(key="start-kind").set_value(kind).run()
    return app.text_input(key=f"start-{kind}").set_value(text).run()


def refusal(app: AppTest) -> str:
    assert not app.exception
    (error,) = app.error
    assert "Traceback" not in error.value
    return error.value.replace("\\", "")


def test_at_first_the_bundled_model_and_its_cost_are_shown_and_nothing_is_loaded() -> None:
    app = open_start()
    assert not app.exception and not app.error
    assert app.segmented_control(key="start-kind").value == "bundled"
    assert set(metrics(app)) == {"To download", "To read", "Memory", "Parameters"}
    assert metrics(app)["To download"] == "nothing"
    assert [b.label for b in app.button if b.key == "start-load"] == ["Load"]
    assert "model" not in app.query_params


@pytest.mark.parametrize("kind", ["folder", "hub"])
def test_an_empty_field_says_what_to_type(kind: str) -> None:
    app = open_start()
    app.segmented_control(key="start-kind").set_value(kind).run()
    assert any("ress Enter" in each.value for each in (*app.info, *app.caption))
    assert not app.metric and not app.error


def test_a_folder_is_loaded_by_the_button_and_goes_to_the_url(tiny_llama: Path) -> None:
    app = choose(open_start(), "folder", str(tiny_llama))
    assert metrics(app)["Parameters"] == "44.5 k"
    assert "model" not in app.query_params
    app.button(key="start-load").click().run()
    until_loaded(app)
    assert app.query_params["model"] in (str(tiny_llama), [str(tiny_llama)])
    shown = metrics(app)
    assert (shown["Architecture"], shown["Vocabulary"], shown["Hidden size"], shown["Layers"]) == ("Llama", "405", "32", "2")
    assert (shown["Output layer"], shown["Stored as"]) == ("untied", "bfloat16")
    words = " ".join(m.value for m in app.markdown)
    assert "5 spare rows belong to no token" in words and "`q_proj`" in words


def test_a_model_in_the_url_loads_by_itself(tiny_llama: Path) -> None:
    app = until_loaded(open_start(str(tiny_llama)))
    assert app.segmented_control(key="start-kind").value == "folder"
    assert app.text_input(key="start-folder").value == str(tiny_llama)
    assert not any(b.key == "start-load" for b in app.button)


def test_a_loaded_model_is_carried_on_to_the_other_pages(tiny_llama: Path) -> None:
    app = until_loaded(open_start(str(tiny_llama)))
    links = {link.proto.page: link.proto.query_string for link in app.get("page_link")}
    assert list(links) == [entry.name for entry in MENU[1:]] and "layers" in links
    assert set(links.values()) == {urlencode({"model": str(tiny_llama)})}


def test_what_is_looked_at_survives_a_reload_and_is_not_chosen_by_it(tiny_llama: Path) -> None:
    app = choose(open_start(), "folder", str(tiny_llama))
    asked = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}
    assert asked == {"kind": "folder", "folder": str(tiny_llama)}
    again = AppTest.from_file(APP, default_timeout=120)
    for name, value in asked.items():
        again.query_params[name] = value
    again.run()
    assert metrics(again) == metrics(app) and any(b.key == "start-load" for b in again.button)
    assert "model" not in again.query_params


def test_looking_at_another_model_does_not_choose_it(tiny_llama: Path) -> None:
    app = until_loaded(open_start(str(tiny_llama)))
    app.segmented_control(key="start-kind").set_value("bundled").run()
    assert app.query_params["model"] in (str(tiny_llama), [str(tiny_llama)])
    assert any(b.key == "start-load" for b in app.button)


def test_changed_files_are_noticed(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "llama"))
    app = until_loaded(open_start(str(folder)))
    before = [c.value for c in app.caption if "fingerprint" in c.value]
    tensors = load_file(folder / "model.safetensors")
    save_file({k: v * 2 for k, v in tensors.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    app.run()
    until_loaded(app)
    assert [c.value for c in app.caption if "fingerprint" in c.value] != before


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("folder", "/no/such/folder", "There is no folder /no/such/folder on this machine"),
        ("folder", "/" + "a" * 5000, "There is no folder /aaa"),
        ("folder", "~nobody-has-this-name", "There is no folder ~nobody-has-this-name on this machine"),
        ("folder", "org/name", "choose Hub id to download"),
        ("hub", "gpt2", "'gpt2' is neither"),
        ("hub", "bundled", "choose Bundled to use it"),
        ("hub", "org/name", "HF_HUB_OFFLINE forbids downloading it"),
    ],
)
def test_what_cannot_be_found_is_one_sentence(kind: str, text: str, words: str) -> None:
    app = choose(open_start(), kind, text)
    assert words in refusal(app) and len(refusal(app)) < 300
    assert not app.metric and not any(b.key == "start-load" for b in app.button)
    assert app.expander, "the store is still there"


def test_a_folder_that_was_here_is_called_gone(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "gone"))
    resolve(str(folder))
    shutil.rmtree(folder)
    assert "was on this machine and is gone" in refusal(open_start(str(folder)))


def test_a_truncated_file_is_refused_before_loading(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "cut"))
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-50])
    assert "is cut short" in refusal(choose(open_start(), "folder", str(folder)))


def test_rows_that_are_not_finite_are_refused_while_loading_and_can_be_tried_again(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "nan"))
    tensors = load_file(folder / "model.safetensors")
    tensors["model.embed_tokens.weight"][7] = torch.nan
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    app = until_loaded(open_start(str(folder)))
    assert "1 of 405 rows" in refusal(app)
    assert any(b.label == "Try again" for b in app.button)


def test_too_little_memory_is_said_before_loading(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.studies.models.available_memory", lambda: 1000)
    app = choose(open_start(), "folder", str(tiny_llama))
    assert "its vocabulary can be looked at" in app.warning[0].value


def test_the_store_is_listed_and_cleared_but_runs_are_kept(private_cache: Path) -> None:
    for kind in ("layouts", "runs"):
        (private_cache / kind).mkdir()
        (private_cache / kind / "x").write_bytes(b"0" * 2000)
    app = open_start()
    assert app.expander[0].label == "Stored results: 4.0 kB"
    assert not any(b.key == "clear-runs" for b in app.button)
    app.button(key="clear-layouts").click().run()
    assert not (private_cache / "layouts").exists() and (private_cache / "runs" / "x").exists()
    app.run()
    assert app.expander[0].label == "Stored results: 2.0 kB"


def test_what_a_download_costs_is_asked_anew_once_it_is_done(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local, fetched = str(tiny_llama), []

    def cost_now(source: str, **how: object) -> LoadCost:
        cost = estimate(local)
        return dataclasses.replace(cost, bytes_to_download=0 if fetched else cost.bytes_to_read)

    def resolve_now(source: str, *, download: bool = True, **how: object) -> ModelRef:
        fetched.extend([source] if download else [])
        return dataclasses.replace(resolve(local), source=source, kind="hub")

    for module in (studies_model, studies_models):
        monkeypatch.setattr(module, "estimate", cost_now)
        monkeypatch.setattr(module, "resolve", resolve_now)
    app = choose(open_start(), "hub", "org/quick")
    assert metrics(app)["To download"] != "nothing"
    next(b for b in app.button if b.key == "start-load").click().run()
    while not any("is loaded" in s.value for s in app.subheader):
        assert not app.error and not app.exception and not [b for b in app.button if b.key == "start-load"]  # as if nothing had come
        time.sleep(0.1)
        app.run()
    assert app.query_params["model"] == "org/quick" and fetched


def test_the_models_on_this_machine_are_listed_and_a_click_loads_one(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "roots" / "ein Modell 😀"))
    (tmp_path / "roots" / "cut").mkdir()
    (tmp_path / "roots" / "cut" / "model.safetensors").write_bytes(b"")
    for k in range(20):
        (tmp_path / "roots" / f"{k:02d}.gguf").write_bytes(b"GGUF" + bytes(50))
    monkeypatch.setenv("HYPVIZ_MODELS", str(tmp_path / "roots"))
    app = open_start()
    app.segmented_control(key="start-kind").set_value("here").run()
    rows = [b for b in app.button if (b.key or "").startswith("start-here-") and (b.key or "")[-1].isdigit()]
    assert len(rows) == 12 and "22 found, of which 1 cannot be opened" in " ".join(c.value for c in app.caption)
    app.button(key="start-here-more").click().run()
    broken = next(b for b in app.button if b.label == "cut")
    assert broken.disabled and any("no config" in m.value for m in app.markdown)
    app.text_input(key="start-find").set_value("modell").run()
    next(b for b in app.button if b.label == "ein Modell 😀").click().run()
    assert app.segmented_control(key="start-kind").value == "folder" and app.text_input(key="start-folder").value == str(folder)
    until_loaded(app)
    assert not app.exception and app.query_params["model"] in (str(folder), [str(folder)])


def test_without_a_model_on_this_machine_the_list_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", "/no/such/store")
    app = open_start()
    app.segmented_control(key="start-kind").set_value("here").run()
    assert "No model lies in" in app.info[0].value and "HYPVIZ" in app.info[0].value and not app.error and not app.exception


def test_an_entry_of_the_hub_cache_is_given_by_its_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.models.here.stores import snapshot

    commit = "0123456789abcdef0123456789abcdef01234567"
    (snapshot(tmp_path / "hub", "org/begun", commit) / "model.safetensors").unlink()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    app = open_start()
    app.segmented_control(key="start-kind").set_value("here").run()
    next(b for b in app.button if b.label.replace("\\", "") == "org/begun").click().run()
    assert app.text_input(key="start-hub").value == f"org/begun@{commit}" and "start-wanted" not in app.session_state


def test_a_small_model_worth_trying_fills_the_field() -> None:
    app = open_start()
    app.segmented_control(key="start-kind").set_value("hub").run()
    rows = [b for b in app.button if (b.key or "").startswith("start-suggested-")]
    assert len(rows) == 12 and any("HF_HUB_OFFLINE is set" in c.value.replace("\\", "") for c in app.caption)
    assert any("licences as they were published by the end of 2025" in c.value for c in app.caption)
    rows[0].click().run()
    assert app.text_input(key="start-hub").value == "HuggingFaceTB/SmolLM2-135M-Instruct" == app.query_params["hub"]
    assert "HF_HUB_OFFLINE forbids" in refusal(app)  # its cost was asked, and it is not here


def test_a_branch_that_was_downloaded_says_its_commit_where_the_hub_is_not_asked(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    base = tmp_path / "hub" / "models--org--kept"
    shutil.copytree(tiny_llama, base / "snapshots" / commit)
    (base / "refs").mkdir()
    (base / "refs" / "main").write_text(commit, encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    app = choose(open_start(), "hub", "org/kept")
    assert "main of org/kept is used as it was downloaded earlier, at commit 0123456789ab" in app.info[0].value.replace("\\", "")
    assert not [each for each in app.segmented_control if each.key == "start-part"]  # it lies here whole
    assert any("of commit 0123456789ab" in c.value for c in app.caption)
    app.button(key="start-load").click().run()
    assert not until_loaded(app).exception
