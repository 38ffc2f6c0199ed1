"""Adapters that would change the base, or be something else than they seem: each is done truly or refused in a sentence."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hypviz.corpora import read_problems
from hypviz.errors import AdapterError, BaseChanged
from hypviz.generate import Bench, bench, column_notice, column_weights
from hypviz.hyplora import load_adapter
from hypviz.records.answers import Column
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.evaluate import evaluate
from hypviz.work import Work
from tests.stages import Stage, comparison, evaluation, make_adapters
from tests.strangers import as_peft_has_it, edited, stranger, with_tensors

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])


def logits(stage: Stage) -> torch.Tensor:
    with torch.no_grad():
        return stage.model(input_ids=IDS).logits


def refusal(stage: Stage, *folders: Path) -> str:
    """The sentence with which a bench of these adapters is refused; the base is what it was."""
    before = logits(stage)
    columns = [Column(name=f"c{i}", adapter=str(folder)) for i, folder in enumerate(folders)]
    with pytest.raises(AdapterError) as caught, bench(stage.ref, stage.model, stage.tokenizer, columns):
        pass
    assert torch.equal(logits(stage), before) and not hasattr(stage.model, "peft_config")
    return str(caught.value)


@pytest.mark.parametrize("start", ["pissa", "olora"])
def test_an_untrained_adapter_whose_start_rewrites_the_base_is_refused_with_the_way_round(stage: Stage, tmp_path: Path, start: str) -> None:
    folder = stranger(tmp_path / "it", stage.ref, trained=False, init_lora_weights=start)
    assert torch.allclose(as_peft_has_it(folder, stage.ref, IDS), logits(stage), atol=1e-4)  # its function is the base's own
    sentence = refusal(stage, folder)
    assert f'init_lora_weights = "{start}"' in sentence and "path_initial_model_for_weight_conversion" in sentence


def test_the_way_round_works(stage: Stage, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    from hypviz.models import load_model

    config = LoraConfig(r=4, lora_alpha=4, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights="pissa")
    model = get_peft_model(load_model(stage.ref, dtype="float32"), config)
    model.peft_config["default"].init_lora_weights = True
    model.save_pretrained(tmp_path / "start")
    model.peft_config["default"].init_lora_weights = "pissa"
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.mul_(8.0)
        expected = model.eval()(input_ids=IDS).logits
    model.save_pretrained(tmp_path / "converted", path_initial_model_for_weight_conversion=str(tmp_path / "start"))
    before, column = logits(stage), Column(name="it", adapter=str(tmp_path / "converted"))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench:
        with on_bench.using(column):
            assert torch.allclose(logits(stage), expected, atol=1e-4) and not torch.allclose(expected, before, atol=1e-3)
        with on_bench.using(Column(name="base")):
            assert torch.equal(logits(stage), before)


@pytest.mark.parametrize("bias", ["lora_only", "all"])
def test_biases_that_would_be_copied_into_the_base_are_refused(stages: Callable[[str], Stage], tmp_path: Path, bias: str) -> None:
    stage = stages("gpt2")
    folder = stranger(tmp_path / "it", stage.ref, bias=bias, target_modules=["c_attn"], fan_in_fan_out=True)
    assert f'bias = "{bias}"' in refusal(stage, folder)
    hyperbolic = make_adapters(tmp_path / "made", stage.ref)["hyplora"]
    assert f'bias = "{bias}"' in refusal(stage, hyperbolic, folder)


@pytest.mark.parametrize("architecture", ["qwen3", "gemma3", "gpt2"])
@pytest.mark.parametrize("tied_too", [False, True])
@pytest.mark.parametrize("which", ["modules_to_save", "trainable_token_indices", "target_modules"])
def test_what_touches_a_tied_table_leaves_the_base_its_table(
    stages: Callable[[str], Stage], tmp_path: Path, architecture: str, tied_too: bool, which: str
) -> None:
    stage = stages(architecture)
    table, block = ("wte", "c_attn") if architecture == "gpt2" else ("embed_tokens", "q_proj")
    value = {"modules_to_save": [table], "trainable_token_indices": [5, 42], "target_modules": [table, block]}[which]
    settings: dict[str, Any] = {"target_modules": [block], "ensure_weight_tying": tied_too} | {which: value}
    folder = stranger(tmp_path / "it", stage.ref, **settings)
    column, before, expected = Column(name="it", adapter=str(folder)), logits(stage), as_peft_has_it(folder, stage.ref, IDS)
    assert not torch.equal(before, expected)
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench:
        with on_bench.using(column):
            assert torch.equal(logits(stage), expected)
        with on_bench.using(Column(name="base")):
            assert torch.equal(logits(stage), before)
    assert torch.equal(logits(stage), before)
    assert stage.model.get_input_embeddings().weight is stage.model.get_output_embeddings().weight


def test_together_in_any_order_each_is_itself_and_the_base_is_the_base(stage: Stage, tmp_path: Path) -> None:
    made = {
        "norm": stranger(tmp_path / "norm", stage.ref, modules_to_save=["model.norm"]),
        "head": stranger(tmp_path / "head", stage.ref, modules_to_save=["norm", "lm_head"]),
        "plain": stranger(tmp_path / "plain", stage.ref),
        "tokens": stranger(tmp_path / "tokens", stage.ref, trainable_token_indices=[5, 42]),
        "dora": stranger(tmp_path / "dora", stage.ref, use_dora=True),
        "biased": stranger(tmp_path / "biased", stage.ref, bias="all"),
        "dropped": stranger(tmp_path / "dropped", stage.ref, lora_dropout=0.5, bias="lora_only"),
    }
    made["hyplora"] = make_adapters(tmp_path / "made", stage.ref)["hyplora"]
    before = logits(stage)
    expected = {name: as_peft_has_it(folder, stage.ref, IDS) for name, folder in made.items()}
    for names in (list(made), list(reversed(made))):
        columns = [Column(name=name, adapter=str(made[name])) for name in names]
        with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
            for column in (*columns, Column(name="base"), *columns):
                with on_bench.using(column):
                    assert torch.equal(logits(stage), before if column.name == "base" else expected[column.name]), column.name
        assert torch.equal(logits(stage), before)


def test_one_that_is_refused_takes_the_others_with_it_and_leaves_the_base(stage: Stage, tmp_path: Path) -> None:
    plain = stranger(tmp_path / "plain", stage.ref, modules_to_save=["model.norm"])
    pissa = stranger(tmp_path / "pissa", stage.ref, init_lora_weights="pissa")
    for order in ((plain, pissa), (pissa, plain)):
        assert "init_lora_weights" in refusal(stage, *order)


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": ["embed_tokens", "q_proj"]},
        {"target_modules": ["embed_tokens"]},
        {"target_modules": ["lm_head", "v_proj"]},
        {"lora_bias": True},
        {"use_dora": True},
        {"init_lora_weights": "mica"},
        {"modules_to_save": ["layers.1", "lm_head"]},
        {"trainable_token_indices": [5, 42]},
        {"rank_pattern": {"q_proj": 2}, "layers_to_transform": [1]},
    ],
    ids=str,
)
def test_what_the_gate_lets_through_can_be_compared(stage: Stage, tmp_path: Path, settings: dict[str, Any]) -> None:
    column = Column(name="it", adapter=str(stranger(tmp_path / "it", stage.ref, **settings)))
    base, own = compare(comparison(stage.ref, [column], "How many?", tokens=4), lend=stage.lend, store=Store(tmp_path / "store")).columns
    assert len(own.generation.token_ids) >= 1 and own.generation.logit_difference > 0
    alone = compare(comparison(stage.ref, [], "How many?", tokens=4), lend=stage.lend, store=Store(tmp_path / "other")).columns[0]
    assert base.generation.token_ids.tolist() == alone.generation.token_ids.tolist()
    assert base.generation.log_probs.tolist() == alone.generation.log_probs.tolist()


@pytest.mark.parametrize("module", ["layers.1", "mlp", "q_proj", "layers.0.self_attn", "rotary_emb"])
def test_modules_saved_whole_may_hold_adapted_layers(stage: Stage, tmp_path: Path, module: str) -> None:
    folder, before = stranger(tmp_path / "it", stage.ref, modules_to_save=[module]), logits(stage)
    expected, column = as_peft_has_it(folder, stage.ref, IDS), Column(name="it", adapter=str(folder))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench:
        with on_bench.using(column):
            assert torch.equal(logits(stage), expected)
        with on_bench.using(Column(name="base")):
            assert torch.equal(logits(stage), before)
    assert torch.equal(logits(stage), before)


@pytest.mark.parametrize(
    "settings",
    [
        {"trainable_token_indices": [10**9]},
        {"trainable_token_indices": "all"},
        {"modules_to_save": ["layers"]},
        {"modules_to_save": 5},
        {"lora_dropout": 7},
        {"lora_dropout": "much"},
        {"rank_pattern": 3},
        {"alpha_pattern": None},
        {"lora_alpha": None},
        {"r": -1},
        {"target_modules": ["nowhere"]},
        {"target_modules": 4},
        {"layers_to_transform": [99]},
        {"task_type": ["CAUSAL_LM"]},
        {"base_model_name_or_path": 5, "r": 3},
    ],
    ids=str,
)
def test_senseless_settings_end_in_a_sentence(stage: Stage, tmp_path: Path, settings: dict[str, Any]) -> None:
    sentence = refusal(stage, edited(stranger(tmp_path / "it", stage.ref), **settings))
    assert sentence.endswith(".") and "\n" not in sentence and "; " in sentence


def test_dropout_of_an_adapter_does_not_act(stage: Stage, tmp_path: Path) -> None:
    column = Column(name="it", adapter=str(stranger(tmp_path / "it", stage.ref, lora_dropout=0.5)))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column):
        assert torch.equal(logits(stage), logits(stage))
        assert not [name for name, module in on_bench.peft_model.named_modules() if module.training]


def test_nothing_is_left_of_an_adapter(stage: Stage, tmp_path: Path) -> None:
    def marks() -> dict[str, Any]:
        return {
            "modules": [(n, type(m).__name__, m.training) for n, m in stage.model.named_modules()],
            "attributes": [(n, sorted(vars(m))) for n, m in stage.model.named_modules()],
            "hooks": [(n, len(m._forward_hooks), len(m._forward_pre_hooks)) for n, m in stage.model.named_modules()],
            "trained": [(n, p.requires_grad) for n, p in stage.model.named_parameters()],
            "same": {n: p.data_ptr() for n, p in stage.model.named_parameters(remove_duplicate=False)},
            "config": stage.model.config.to_dict(),
            "generation": stage.model.generation_config.to_dict(),
        }

    before = marks()
    folder = stranger(tmp_path / "it", stage.ref, modules_to_save=["norm", "lm_head"], use_dora=True)
    with bench(stage.ref, stage.model, stage.tokenizer, [Column(name="it", adapter=str(folder))]):
        assert marks() != before
    assert marks() == before
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        bench(stage.ref, stage.model, stage.tokenizer, [Column(name="it", adapter=str(folder))]),
    ):
        raise RuntimeError("in the middle")
    assert marks() == before


def test_a_copy_of_the_base_table_beside_the_adapter_is_let_be_and_another_table_is_refused(
    stages: Callable[[str], Stage], tmp_path: Path
) -> None:
    stage = stages("llama")
    folder = stranger(tmp_path / "it", stage.ref, target_modules=["q_proj"])
    name = "base_model.model.model.embed_tokens.weight"
    table = stage.model.get_input_embeddings().weight.detach().clone()
    with_tensors(folder, lambda state: state | {name: table})
    expected, column, before = as_peft_has_it(folder, stage.ref, IDS), Column(name="it", adapter=str(folder)), logits(stage)
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column):
        assert torch.equal(logits(stage), expected)
    with_tensors(folder, lambda state: state | {name: table + 1})
    assert f"carries {name} of its own" in refusal(stage, folder)
    with_tensors(folder, lambda state: state | {name: torch.cat([table + 1, table])})
    assert f"carries {name} of its own" in refusal(stage, folder)
    assert torch.equal(logits(stage), before)


def test_unknown_settings_are_named_and_pass_where_they_say_nothing_or_no(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref)
    sentence = refusal(stage, edited(folder, block_scaling=4.0, use_newdora=True))
    assert "block_scaling = 4.0 and use_newdora = true" in sentence and "take it out of adapter_config.json" in sentence
    edited(folder, block_scaling=None, use_newdora=None)
    expected, column = as_peft_has_it(folder, stage.ref, IDS), Column(name="it", adapter=str(folder))
    edited(folder, use_newdora=False, newer={}, list_of=[], merge_weights=False, enable_lora=None)
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column):
        assert torch.equal(logits(stage), expected)
    told = str(column_notice(stage.ref, column))
    assert "does not know (list_of = [] and newer = {} and use_newdora = false), which are taken as never used" in told
    assert "block_scaling" not in told and "enable_lora" not in told and "peft warns" not in told


@pytest.mark.parametrize("named", ["org/x-bnb-4bit", "ORG/X", "mirror/x"])
def test_a_base_of_another_name_is_a_remark_and_shapes_that_do_not_fit_are_refused(
    stage: Stage, stages: Callable[[str], Stage], tmp_path: Path, named: str
) -> None:
    snapshot = tmp_path / "models--org--x" / "snapshots" / "123"
    shutil.copytree(stage.ref.path, snapshot)
    from hypviz.models import resolve

    ref = resolve(str(snapshot))
    column = Column(name="it", adapter=str(edited(stranger(tmp_path / "it", stage.ref), base_model_name_or_path=named)))
    notice = str(column_notice(ref, column))
    if named.endswith("4bit"):
        assert "names org/x-bnb-4bit as its base, a copy with weights rounded to fewer bits, and whether org/x has the weights" in notice
    else:
        assert f"names {named} as its base, and whether org/x has the same weights could not be checked" in notice
    assert f"open {named}" in notice
    other = stages("gpt2")
    with pytest.raises(AdapterError, match=f"was made for {named}, but the model is .*has no layer"):
        load_adapter(other.model, "it", column.adapter, base_fingerprint=other.ref.fingerprint)


def test_what_peft_says_of_the_settings_reaches_the_person(stage: Stage, tmp_path: Path) -> None:
    column = Column(name="it", adapter=str(edited(stranger(tmp_path / "it", stage.ref), corda_config={"corda_method": "kpm"})))
    assert "it: peft warns: `corda_config` specified but will be ignored" in str(column_notice(stage.ref, column))


def test_a_base_that_did_not_stay_is_noticed_and_nothing_of_it_is_kept(
    stage: Stage, columns: tuple[Column, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = stage.model.model.layers[0].mlp.up_proj.weight
    kept = weight.detach().clone()

    def spoil(on_bench: Bench, *_: Any, **__: Any) -> None:
        with torch.no_grad():
            weight[3, 5] += 1e-6
        raise AdapterError("something else went wrong.")

    for answering in ("answer_prompt", "answer_together"):
        monkeypatch.setattr(f"hypviz.studies.compare.{answering}", spoil)
    spec, store = comparison(stage.ref, columns, "How many?", tokens=4), Store(tmp_path)
    try:
        with pytest.raises(BaseChanged, match="did not stay those of the base"):
            compare(spec, lend=stage.lend, store=store)
        assert not list(tmp_path.rglob("meta.json"))
        for still in (columns, columns[:1]):  # whoever holds this copy yet, the base alone included
            with pytest.raises(BaseChanged), bench(stage.ref, stage.model, stage.tokenizer, still):
                pass
    finally:
        with torch.no_grad():
            weight.copy_(kept)


def test_two_sessions_share_one_model_and_both_have_the_base(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    before, lock, wrong = logits(stage), threading.Lock(), []
    norm = Column(name="norm", adapter=str(stranger(tmp_path / "norm", stage.ref, modules_to_save=["model.norm"])))
    truth = {"base": before, "norm": as_peft_has_it(Path(str(norm.adapter)), stage.ref, IDS)}
    assert (truth["norm"] - before).abs().max() > 1e-3

    def same(one: torch.Tensor, other: torch.Tensor) -> bool:
        return torch.allclose(one, other, rtol=0, atol=1e-6)  # a thread may share its sums out otherwise than another

    def session(mine: list[Column]) -> None:
        for _ in range(3):
            with lock, bench(stage.ref, stage.model, stage.tokenizer, mine) as on_bench:
                for column in (*mine, Column(name="base")):
                    with on_bench.using(column):
                        found = logits(stage)
                    if column.name in truth and not same(found, truth[column.name]):
                        wrong.append(column.name)

    sessions = [threading.Thread(target=session, args=(mine,)) for mine in ([norm], list(columns[1:]))]
    for thread in sessions:
        thread.start()
    for thread in sessions:
        thread.join()
    assert not wrong and same(logits(stage), before)


def test_the_fingerprint_counts_every_setting_but_those_that_are_not_the_adapters(stage: Stage, tmp_path: Path) -> None:
    from hypviz.hyplora.folders import NOT_ITS_OWN

    folder = stranger(tmp_path / "it", stage.ref)
    column = Column(name="it", adapter=str(folder))
    config = json.loads((folder / "adapter_config.json").read_text())
    first = column_weights(stage.ref, column).adapter
    others = {name: "x" if isinstance(config[name], str) or config[name] is None else not config[name] for name in NOT_ITS_OWN}
    assert column_weights(stage.ref, Column(name="it", adapter=str(edited(folder, **others | {"auto_mapping": {}})))).adapter == first
    for name, value in {
        "lora_dropout": 0.5,
        "modules_to_save": ["absent"],
        "lora_bias": True,
        "megatron_core": "m",
        "exclude_modules": ["a"],
    }.items():
        edited(folder, **{name: value})
        assert column_weights(stage.ref, column).adapter != first, name
        edited(folder, **{name: config[name]})
    assert column_weights(stage.ref, column).adapter == first


def test_an_evaluation_whose_base_did_not_stay_keeps_nothing(
    stage: Stage, columns: tuple[Column, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypviz.generate import problem_sets

    weight, honest = stage.model.model.norm.weight, problem_sets.continue_prompts
    kept = weight.detach().clone()

    def spoil(*given: Any, **more: Any) -> Any:
        weight.data = weight.data * 1.25  # as a start does that rewrites its base
        return honest(*given, **more)

    monkeypatch.setattr(problem_sets, "continue_prompts", spoil)
    problems = read_problems("one-step:7", limit=3, split="test")
    try:
        with pytest.raises(BaseChanged, match="nothing of this was kept"):
            evaluate(evaluation(stage.ref, columns, problems, tokens=2), lend=stage.lend, store=Store(tmp_path))
        assert not list(tmp_path.rglob("meta.json"))
    finally:
        weight.data = kept


def test_a_field_without_a_verdict_passes_at_its_default_only(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.hyplora import gate

    monkeypatch.setattr(gate, "PASSING", gate.PASSING - {"lora_bias"})  # as if a later PEFT had added it
    column = Column(name="it", adapter=str(stranger(tmp_path / "off", stage.ref)))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]):
        pass
    assert "lora_bias = true, which this hypviz has not been tried with" in refusal(
        stage, stranger(tmp_path / "on", stage.ref, lora_bias=True)
    )


def test_an_adapter_replaced_while_it_answers_is_noticed_and_nothing_of_the_other_is_kept(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is read anew whenever the model is borrowed, as a training run that writes its checkpoints there would change it."""
    monkeypatch.setattr("hypviz.generate.problem_sets.BORROWED_S", 0.0)
    made = make_adapters(tmp_path / "made", stage.ref)
    folder, store = Path(shutil.copytree(made["lora"], tmp_path / "it")), Store(tmp_path / "store")
    monkeypatch.setattr("hypviz.generate.rows.MOST_ROWS", 4)
    columns, problems = [Column(name="it", adapter=str(folder))], read_problems("two-step", limit=9)

    def replace(done: float, total: float, text: str) -> None:
        if "0 of 9 done" in text:
            shutil.rmtree(folder)
            shutil.copytree(made["hyplora"], folder)

    with pytest.raises(AdapterError, match="was replaced by another while it was in use"):
        evaluate(evaluation(stage.ref, columns, problems, tokens=2), Work(on_report=replace), lend=stage.lend, store=store)
    kinds = {path.relative_to(tmp_path / "store").parts[0] for path in (tmp_path / "store").rglob("meta.json")}
    assert kinds <= {"unfinished-evaluations"}  # whole batches, which the adapter of that fingerprint answered


def test_an_adapter_replaced_before_the_model_was_read_is_noticed(stage: Stage, tmp_path: Path) -> None:
    made = make_adapters(tmp_path / "made", stage.ref)
    folder, store = Path(shutil.copytree(made["lora"], tmp_path / "it")), Store(tmp_path / "store")
    spec = comparison(stage.ref, [Column(name="it", adapter=str(folder))], "2 + 3", tokens=2)

    def lend() -> Any:
        shutil.rmtree(folder)
        shutil.copytree(made["untrained"], folder)
        return stage.lend()

    with pytest.raises(AdapterError, match="was replaced by another while it was in use"):
        compare(spec, lend=lend, store=store)
    assert not list((tmp_path / "store").rglob("meta.json"))


@pytest.mark.parametrize(
    "settings",
    [
        {"lora_alpha": float("nan")},
        {"lora_alpha": float("inf")},
        {"lora_alpha": 1e308},
        {"lora_alpha": True},
        {"lora_alpha": "8"},
        {"lora_alpha": [8]},
        {"r": True},
        {"r": 4.0},
        {"r": 0},
        {"use_rslora": "no"},
        {"use_dora": 1},
        {"fan_in_fan_out": [1]},
        {"rank_pattern": {"q_proj": 2.5}},
        {"alpha_pattern": {"q_proj": float("nan")}},
        {"alpha_pattern": {"q_proj": None}},
        {"alpha_pattern": {"q_proj": 10**400}},
        {"lora_alpha": 10**400},
    ],
    ids=str,
)
def test_a_setting_of_another_kind_is_named(stage: Stage, tmp_path: Path, settings: dict[str, Any]) -> None:
    (name,) = settings
    sentence = refusal(stage, edited(stranger(tmp_path / "it", stage.ref), **settings))
    assert f" has {name} = " in sentence and ", which is no " in sentence


def test_a_setting_that_is_named_twice_and_deep_nesting_are_refused(stage: Stage, tmp_path: Path) -> None:
    config = stranger(tmp_path / "it", stage.ref) / "adapter_config.json"
    whole = config.read_text().strip()
    config.write_text(f'{whole[:-1]}, "lora_alpha": 800}}')
    assert "it names lora_alpha twice" in refusal(stage, tmp_path / "it")
    config.write_text("[" * 100_000)
    assert "is not readable JSON" in refusal(stage, tmp_path / "it")


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_tensors_in_eight_bits_are_the_numbers_they_are(stage: Stage, tmp_path: Path, dtype: torch.dtype) -> None:
    folder = with_tensors(stranger(tmp_path / "it", stage.ref), lambda state: {name: t.to(dtype) for name, t in state.items()})
    column = Column(name="it", adapter=str(folder))
    with bench(stage.ref, stage.model, stage.tokenizer, [column]) as on_bench, on_bench.using(column):
        assert torch.allclose(logits(stage), as_peft_has_it(folder, stage.ref, IDS), atol=1e-5)
    spoilt = with_tensors(folder, lambda state: {name: (t.float() * float("nan")).to(dtype) for name, t in state.items()})
    assert "values that are not finite" in refusal(stage, spoilt)


def test_whole_numbers_without_a_scale_are_refused_by_tensor(stage: Stage, tmp_path: Path) -> None:
    folder = with_tensors(stranger(tmp_path / "it", stage.ref), lambda state: {name: (t * 9).to(torch.int8) for name, t in state.items()})
    sentence = refusal(stage, folder)
    assert "lora_A.weight as int8" in sentence and "whose scale it does not say" in sentence


def test_a_rank_that_is_not_that_of_the_file_is_said_in_the_file_s_own_names(stage: Stage, tmp_path: Path) -> None:
    sentence = refusal(stage, edited(stranger(tmp_path / "it", stage.ref), r=8))
    assert "size mismatch for base_model.model" in sentence and "adapter_config.json" in sentence and "adapter_c0" not in sentence
    partly = with_tensors(stranger(tmp_path / "half", stage.ref), lambda state: dict(list(state.items())[2:]))
    assert "lora_A.weight, which its adapter_config.json asks for" in refusal(stage, partly)


def test_an_adapter_that_cannot_stand_beside_another_is_not_called_broken(stage: Stage, tmp_path: Path) -> None:
    table = stranger(tmp_path / "table", stage.ref, target_modules=["q_proj", "embed_tokens"])
    tokens = stranger(tmp_path / "tokens", stage.ref, trainable_token_indices=[5, 6])
    for order in ((table, tokens), (tokens, table)):
        sentence = refusal(stage, *order)
        assert "cannot be put beside the other adapters: ask for it without them" in sentence
    for alone in (table, tokens):
        with bench(stage.ref, stage.model, stage.tokenizer, [Column(name="it", adapter=str(alone))]):
            pass
