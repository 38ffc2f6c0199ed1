"""The Fine-tune page with three members: the form that starts them, a run that goes on, one that has ended, and one that was clipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.errors import HypvizError
from hypviz.methods import title_of
from hypviz.methods.comparison import BASELINE, SUBJECT
from hypviz.records.hyplora import ProbeSummary
from hypviz.records.runs import DONE, RUNNING, RunProbe, RunSpec
from hypviz.store.locks import try_lock
from hypviz.studies.finetune import following
from tests.pages.running import open_page, past_runs
from tests.pages.running import words as read
from tests.pages.runs_of_three import run_of_three
from tests.runs.specs import TRIO
from tests.words.test_gain import adapter, flat, layer

PAGE = "pages/finetune.py"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """The specs that were handed to a start; nothing is started."""
    specs: list[RunSpec] = []

    def begin(spec: RunSpec, *_: object) -> None:
        specs.append(spec)
        raise HypvizError("begun")

    monkeypatch.setattr(following, "begin", begin)
    return specs


def page(model: Path, run: str | None = None) -> AppTest:
    return open_page(PAGE, str(model), **({} if run is None else {"run": run}))


def labels(app: AppTest) -> list[str]:
    return [box.label for box in app.expander]


def words(app: AppTest) -> str:
    """Everything a person reads, success boxes too."""
    return "\n".join([read(app), *(box.value.replace("\\", "") for box in app.success)])


def test_the_form_starts_three_calibrated_on_every_token_with_a_limit(tiny_llama: Path, begun: list[RunSpec]) -> None:
    app = page(tiny_llama)
    assert app.pills(key="finetune-methods").value == list(TRIO)
    assert app.selectbox(key="finetune-radius").value == "calibrated" and app.number_input(key="finetune-c").disabled
    app.button(key="finetune-start").click().run()
    (spec,) = begun
    assert spec.methods == TRIO and (spec.radius, spec.quantile, spec.lora_beyond, spec.clip) == ("calibrated", 1.0, 6.0, "layer")
    assert (spec.rank, spec.alpha, spec.hyplora_alpha) == (16, 32.0, None)


def test_as_the_paper_sets_its_sizes_and_leaves_the_length_alone(tiny_llama: Path, begun: list[RunSpec]) -> None:
    app = page(tiny_llama)
    app.segmented_control(key="finetune-preset").set_value("Thorough").run()
    app.segmented_control(key="finetune-setup").set_value("paper").run()
    assert "The paper trains HypLoRA with twice LoRA's alpha" in words(app) and not app.error
    app.button(key="finetune-start").click().run()
    (spec,) = begun
    assert (spec.rank, spec.alpha, spec.hyplora_alpha, spec.steps) == (32, 64.0, 128.0, 750)
    assert spec.targets == ("q_proj", "k_proj", "v_proj", "up_proj", "down_proj") and spec.methods == TRIO


def test_what_is_rarely_touched_reaches_the_spec(tiny_llama: Path, begun: list[RunSpec]) -> None:
    app = page(tiny_llama)
    app.toggle(key="finetune-limited").set_value(False)
    app.number_input(key="finetune-quantile").set_value(0.99)
    app.number_input(key="finetune-hyplora-alpha").set_value(48.0).run()
    assert app.number_input(key="finetune-beyond").disabled
    app.button(key="finetune-start").click().run()
    (spec,) = begun
    assert (spec.lora_beyond, spec.quantile, spec.hyplora_alpha) == (None, 0.99, 48.0)


def test_the_control_without_hyplora_is_one_sentence_and_lora_alone_can_start(tiny_llama: Path) -> None:
    app = page(tiny_llama)
    app.pills(key="finetune-methods").set_value(["lora", "scaled-lora"]).run()
    assert len(app.error) == 1 and "needs HypLoRA (hyplora) beside it" in app.error[0].value.replace("\\", "")
    assert not [button for button in app.button if button.key == "finetune-start"]
    app.pills(key="finetune-methods").set_value(["lora"]).run()
    assert not app.error and app.button(key="finetune-start").label == "Start it"
    assert app.selectbox(key="finetune-radius").disabled and app.toggle(key="finetune-learn-c").disabled
    app.pills(key="finetune-methods").set_value([]).run()
    assert len(app.error) == 1 and "name one or more" in app.error[0].value.replace("\\", "")


def test_a_run_that_goes_on_says_what_was_found_before_its_first_step(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, RUNNING, n=0)
    worker = try_lock(folder.worker_lock)
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error and worker is not None
    assert "Before the first step: HypLoRA's gain is 2.5" in labels(app)
    assert "- Before the first step HypLoRA is LoRA times 2.5" in words(app)
    assert "Scaled LoRA's alpha is 8 times the median gain of each layer: 19.2 to 20.8, where LoRA has 8." in words(app)
    assert "No token is longer than 6 radii" in words(app)
    worker.release()


def test_long_tokens_without_a_limit_are_a_warning_before_the_first_step(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, RUNNING, n=0, lora_beyond=None)
    long = layer("model.layers.0.mlp.down_proj", 2.0, 0.1, None, u=flat(82.0))
    folder.write_start(RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(long),))))
    worker = try_lock(folder.worker_lock)
    app = page(tiny_llama, folder.run_id)
    (warning,) = [box.value.replace("\\", "") for box in app.warning]
    assert "u up to 82 in model.layers.0.mlp.down_proj" in warning and not app.exception and worker is not None
    worker.release()


def test_a_finished_run_says_both_comparisons_and_how_much_is_alpha(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, DONE)
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error and not app.warning
    said = words(app)
    assert "All 3 members have done 20 steps" in said and said.count("No layer's gradient was longer than 1.") == 3
    assert "HypLoRA's training loss is 0.2" in said and "below Scaled LoRA's, over the last 10 steps" in said
    assert "20 steps in 5 s. In training loss, over the last 10 steps, HypLoRA is ahead of LoRA and of Scaled LoRA: the alpha of" in said
    assert "Of HypLoRA's advantage over LoRA in the training loss, Scaled LoRA has 7" in said and "by alpha alone" in said
    assert len(app.get("plotly_chart")) == 4
    (scale,) = [chart for chart in app.get("plotly_chart") if "LoRA → Scaled LoRA" in chart.proto.spec.encode().decode("unicode_escape")]
    assert "8 × 2.5" in scale.proto.spec.encode().decode("unicode_escape")


@pytest.mark.parametrize(("n", "steps"), [(20, "last 10 steps"), (4, "last 4 steps"), (1, "last step")])
def test_a_members_loss_says_over_which_steps_it_is_taken(n: int, steps: str, tiny_llama: Path) -> None:
    app = page(tiny_llama, run_of_three(tiny_llama, DONE, n=n).run_id)
    assert [m.label for m in app.metric if m.label.startswith("Loss")] == [f"Loss, {steps}"] * 3


def test_past_runs_say_first_where_each_stands_and_how_low_the_members_came(tiny_llama: Path) -> None:
    run_of_three(tiny_llama, DONE)
    app = page(tiny_llama)
    (frame,) = [frame.value for frame in app.dataframe]
    parts: dict[str, list[str]] = {}
    for part, name in frame.columns:
        parts.setdefault(part, []).append(name)
    first, losses, settings = parts
    assert [first, *parts[first]] == ["", "Started", "State", "Model", "Steps"]
    assert "at most 10 steps" in losses and parts[losses] == [title_of(method) for method in TRIO]
    assert parts[settings][-1] == "Run"


def test_settings_name_the_limit_the_clipping_and_the_alphas(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, DONE, hyplora_alpha=16.0)
    app = page(tiny_llama, folder.run_id)
    cells = "\n".join(str(value) for table in app.table for value in table.value.to_numpy().ravel())
    for part in ("8, HypLoRA 16", "tokens longer than 6 radii", "1, each adapted layer by itself", "calibrated on every token"):
        assert part in cells
    assert "HypLoRA's own alpha (16, LoRA's 8) and its gain are both in what alpha gives here." in words(app)
    table = past_runs(app)
    assert table["Scaled LoRA"].tolist() == [1.6] and table["Alpha"].tolist() == ["8, HypLoRA 16"]


def test_most_steps_clipped_is_a_warning_that_says_what_it_means(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, DONE, n_clipped={BASELINE: 3, SUBJECT: 15}, lora_beyond=None)
    app = page(tiny_llama, folder.run_id)
    (warning,) = [box.value.replace("\\", "") for box in app.warning]
    assert warning.startswith("Most steps were shortened: HypLoRA (15 of 20 steps) had a layer's gradient longer than 1.")
    assert "A limit beyond which tokens are adapted as LoRA" in warning
    assert "3 of 20 steps had a gradient shortened to 1, in 2.0 layers on average." in words(app)


def test_a_run_that_knows_nothing_of_a_third_member_is_shown_as_before(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, DONE, methods=(BASELINE, SUBJECT), clip="all", n_clipped={BASELINE: 4}, lora_beyond=None)
    (folder.path / "start.json").unlink()
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error and len(app.get("plotly_chart")) == 3
    assert "Both members have done 20 steps" in words(app) and "over all layers together" in words(app)
    assert not any(label.startswith("Before the first step") for label in labels(app))
