"""What must be known before believing a model is noticed, kept, and said in sentences that are true."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from hypviz.bundled import bundled_folder
from hypviz.errors import ModelError
from hypviz.models import load_model, resolve
from hypviz.models.live.plain_text import TEXTS, plain_text_loss
from hypviz.models.tokenizer.special_tokens import disagreements, template_notice
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.models import ModelRef
from hypviz.store import Store
from hypviz.studies import model_notices as study
from hypviz.studies.model import load_report
from tests.checkpoints import with_token_without_row


def of_bundled(folder: Path) -> Path:
    return Path(shutil.copytree(bundled_folder(), folder))


def shifted(folder: Path, by: int) -> Path:
    """The bundled model with every ordinary token's id moved on by `by` rows."""
    of_bundled(folder)
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    special = {token["content"] for token in inner["added_tokens"]}
    free = sorted(i for name, i in inner["model"]["vocab"].items() if name not in special)
    moved = {free[j]: free[(j + by) % len(free)] for j in range(len(free))}
    inner["model"]["vocab"] = {name: moved.get(i, i) for name, i in inner["model"]["vocab"].items()}
    (folder / "tokenizer.json").write_text(json.dumps(inner), encoding="utf-8")
    return folder


def change(folder: Path, name: str, **fields: object) -> Path:
    file = folder / name
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | fields), encoding="utf-8")
    return folder


def said(folder: Path | str) -> tuple[str, ...]:
    ref = resolve(str(folder))
    return study.sentences(ref, study.model_notices(ref))


def test_the_bundled_model_predicts_plain_english_and_nothing_is_said_of_it() -> None:
    assert said("bundled") == ()
    found = study.stored_notices(resolve("bundled"))
    assert found is not None and found.plain_text is not None
    assert found.plain_text.language == "English" and found.plain_text.n_texts == 1
    assert found.plain_text.loss < found.plain_text.chance - 3 < found.plain_text.shuffled


@pytest.mark.parametrize("by", [1, 10, 100, 1000])
def test_ids_shifted_against_the_rows_are_noticed(tmp_path: Path, by: int) -> None:
    (sentence,) = said(shifted(tmp_path / "shifted", by))
    assert sentence.startswith("shifted predicts plain text no better than chance (English: loss 1")
    assert "8.3 for knowing nothing" in sentence and "its tokenizer does not belong to it" in sentence


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen3", "gemma3"])
def test_untrained_weights_are_noticed_in_the_same_sentence(checkpoint_folder: Callable[..., Path], architecture: str) -> None:
    ref = resolve(str(checkpoint_folder(architecture)))
    sentence = study.label_sentence(ref, study.model_notices(ref))
    assert sentence is not None and "its weights are untrained or nearly so" in sentence
    assert f"{len(TEXTS) - 1} texts in other languages likewise" in sentence


def test_a_model_that_reads_another_language_only_is_not_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    english = TEXTS["English"]
    monkeypatch.setattr("hypviz.models.live.plain_text.TEXTS", {"English": TEXTS["Russian"], "French": english})
    ref = resolve("bundled")
    found = plain_text_loss(load_model(ref, dtype="float32"), encoder(ref), longest=512)
    assert (found.language, found.n_texts, found.is_predicted) == ("French", 2, True)


@pytest.mark.parametrize("longest", [24, 64, None])
def test_few_positions_are_enough(longest: int | None) -> None:
    ref = resolve("bundled")
    found = plain_text_loss(load_model(ref, dtype="bfloat16"), encoder(ref), longest=longest)
    assert found.is_predicted and found.n_tokens <= (longest or 100)


def test_what_was_measured_is_kept_and_the_model_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ref = resolve("bundled")
    first = study.model_notices(ref, store=Store())

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the model was read again")

    monkeypatch.setattr("hypviz.models.load_model", refuse)
    assert study.model_notices(ref, store=Store()) == first


def test_whoever_reads_the_model_to_answer_measures_it_on_the_way(tmp_path: Path) -> None:
    ref = resolve(str(shifted(tmp_path / "shifted", 1000)))
    assert study.stored_notices(ref) is None
    model, tokenizer = study.load_for_answers(ref)
    assert model.dtype.is_floating_point and len(tokenizer) == 4096
    assert study.label_sentence(ref, study.stored_notices(ref)) is not None


def test_a_model_that_cannot_be_read_whole_says_so_and_is_not_stored(tmp_path: Path) -> None:
    folder = of_bundled(tmp_path / "half")
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("model.norm.weight")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    ref = resolve(str(folder))
    found = study.model_notices(ref)
    assert found.plain_text is None and study.stored_notices(ref) is None
    assert found.not_measured is not None and found.not_measured.startswith("Whether its tokenizer belongs to it was not measured: ")
    assert "model.norm.weight" in found.not_measured and found.not_measured.count(".") >= 2


def test_a_large_model_is_not_read_for_this(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "MOST_PARAMETERS", 1000)
    found = study.model_notices(resolve("bundled"))
    assert found.plain_text is None and "billion parameters, which take minutes to read" in (found.not_measured or "")


def test_weights_that_overflow_are_said(tmp_path: Path) -> None:
    import torch

    ref = resolve("bundled")
    model = load_model(ref, dtype="float32")
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(float("inf"))
    with pytest.raises(Exception, match="logits on plain text are not numbers"):
        plain_text_loss(model, encoder(ref), longest=None)


def test_files_that_disagree_on_the_end_are_said_and_agreeing_ones_are_not(tmp_path: Path) -> None:
    folder = change(of_bundled(tmp_path / "odd"), "generation_config.json", eos_token_id=7)
    change(folder, "config.json", eos_token_id=[7, 8])
    (sentence,) = disagreements(resolve(str(folder)))
    assert sentence.startswith("Its files disagree on the token that ends a text: the tokenizer says '</s>' (1), config.json or ")
    assert sentence.endswith("(8); answers end at each of them.")
    change(folder, "generation_config.json", eos_token_id=[7, 1])
    assert disagreements(resolve(str(folder))) == ()


def test_a_tokenizer_for_a_part_of_the_rows_is_said(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "part"))
    change(folder, "config.json", vocab_size=1000)
    (sentence,) = disagreements(resolve(str(folder)))
    assert sentence.startswith("Its tokenizer has tokens for only 400 of the 1,000 embedding rows")


@pytest.mark.parametrize(
    ("role", "end"),
    [
        ("pad", "another id fills the masked places of a batch."),
        ("eos", "answers cannot be learned to end with it."),
        ("bos", "prompts go without it."),
    ],
)
def test_special_tokens_without_a_row_are_said(tiny_llama: Path, tmp_path: Path, role: str, end: str) -> None:
    (first,) = disagreements(resolve(str(with_token_without_row(tiny_llama, tmp_path / role, role))))
    name = {"pad": "padding", "eos": "end", "bos": "begin"}[role]
    assert first == f"Its {name} token '<new>' has the id 405, but the model has 405 embedding rows: {end}"


def test_the_start_page_and_its_command_get_all_of_it(tmp_path: Path) -> None:
    folder = shifted(tmp_path / "shifted", 1000)
    change(folder, "generation_config.json", eos_token_id=7)
    change(folder, "config.json", eos_token_id=7)
    notices = load_report(str(folder)).notices
    assert len(notices) == 2 and "better than chance" in notices[0] and "disagree" in notices[1]


def test_a_chat_template_is_said_in_one_notice(tmp_path: Path) -> None:
    folder = of_bundled(tmp_path / "chatty")
    ref: ModelRef = resolve(str(folder))
    assert template_notice(ref, template="question") is None
    (folder / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    asked = template_notice(ref, template="question")
    assert asked is not None and asked.startswith("chatty has a chat template, and is asked by the template question, without it")
    assert template_notice(ref, template="chat") is None
    (folder / "chat_template.jinja").unlink()
    change(folder, "tokenizer_config.json", chat_template="{{ messages }}")
    assert template_notice(ref, template="question") == asked


def test_a_model_whose_files_change_while_it_is_read_is_not_used(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "model"))
    ref = resolve(str(folder))
    other = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"rms_norm_eps": 1e-3}
    (folder / "config.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(ModelError, match="changed while they were read; load the model again"):
        study.load_for_answers(ref)
    assert study.stored_notices(ref) is None
