"""The Fine-tune page in every state: empty, queued, running, done, stopped, failed, lost, and what people get wrong."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from hypviz import runs
from hypviz.records.hyplora import AdapterProbe, LayerProbe, LayerRadius, MassiveToken, ProbeSummary, Quantiles, RadiusCalibration
from hypviz.records.resources import MemoryPlan, RunPlan, RunResources
from hypviz.records.runs import DONE, FAILED, RUNNING, STOPPED, RunProbe
from hypviz.runs.curves import append
from hypviz.runs.folder import RunFolder, open_run, runs_root
from hypviz.store.locks import try_lock
from tests.pages.running import open_page, past_runs
from tests.runs.specs import TRIO, tiny_problems, tiny_spec

PAGE = "pages/finetune.py"
MEMORY = MemoryPlan(
    process_bytes=600_000_000,
    model_bytes=300_000_000,
    adapter_bytes=100_000_000,
    part_bytes=1_400_000_000,
    whole_bytes=5_000_000_000,
    free_bytes=9_000_000_000,
    parts=4,
    chosen=True,
)
RESOURCES = RunResources(
    at=0.0,
    peak_bytes=2_200_000_000,
    peak_measured="the whole process",
    free_bytes=100_000_000,
    n_oom_kills=None,
    all_logits_because="of something",
    promises=(),
)


@pytest.fixture
def busy_device() -> Iterator[None]:
    """Started workers wait in line."""
    line = runs_root() / ".queue" / "cpu"
    line.mkdir(parents=True)
    held = try_lock(line / "device.lock")
    yield
    for record in runs.list_runs():
        if record.is_active and record.pid not in (None, os.getpid()):
            os.kill(record.pid, signal.SIGKILL)
    if held is not None:
        held.release()


@pytest.fixture
def made_up(tiny_llama) -> Callable[..., RunFolder]:
    """``made_up(state, steps)``: a run folder as a worker would have left it, with curves but without training."""

    def make(state: str, *, n: int = 20, seed: int = 0, **changes: object) -> RunFolder:
        spec = dataclasses.replace(tiny_spec(tiny_llama), steps=20, seed=seed, learn_c=bool(seed % 2))
        folder = open_run(runs.create(spec, tiny_problems()).run_id)
        for method, shift in (("lora", 0.0), ("hyplora", -0.1)):
            for step in range(1, n + 1):
                append(
                    folder.metrics,
                    {"method": method, "step": step, "loss": 2.0 + shift - step / 50 + (step % 3) / 100, "seconds": 0.1, "lr": 0.01},
                )
            probe = {"delta_ratio": 0.04, "gain_low": 0.99, "gain_median": 1.0, "gain_high": 1.01}
            append(
                folder.metrics,
                {"method": method, "step": n, **(probe if method == "hyplora" else dict.fromkeys(probe, None) | {"delta_ratio": 0.05})},
            )
        status = folder.read_status()
        members = tuple(
            dataclasses.replace(m, steps=n, seconds=0.1 * n, first_loss=2.0, last_loss=1.6, n_parameters=900, peak_bytes=10**6)
            for m in status.members
        )
        now = time.time()
        times = {"started_at": now - 5, "ended_at": None if state == RUNNING else now, "queued_at": now - 60}
        folder.write_status(
            dataclasses.replace(status, state=state, phase="training", step=n, members=members, pid=os.getpid(), **times, **changes)
        )
        return folder

    return make


def page(tiny_llama, run: str | None = None) -> AppTest:
    app = open_page(PAGE, str(tiny_llama))
    if run is not None:
        app.query_params["run"] = run
        app.run()
    return app


def words(app: AppTest) -> str:
    """Everything a person reads on the page."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.success, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def test_empty_the_form_says_what_will_happen_and_how_long_it_takes(tiny_llama):
    app = page(tiny_llama)
    assert not app.exception and not app.error
    assert "LoRA, Scaled LoRA and HypLoRA, 150 steps each on the same batches: about" in words(app)
    assert "from a trial of one block on this machine" in words(app) and "No fine-tune of yours has ended yet" in words(app)
    assert app.multiselect(key=app.multiselect[0].key).value == ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"]
    assert app.button(key="finetune-start").label == "Start the three"
    labels = app.segmented_control(key="finetune-preset").options
    assert re.fullmatch(r"Quick \(150 steps, about [0-9hmins ]+\)", labels[0]) and labels[1].startswith("Thorough (750 steps, about ")
    assert "of memory at its largest" in words(app) and "are free" in words(app)


def test_start_puts_the_run_into_the_url_and_pressed_twice_is_one_run(tiny_llama, busy_device, monkeypatch):
    monkeypatch.setattr("hypviz.runs.lifecycle.START_GRACE_SECONDS", 60.0)  # "moments" are long on a busy machine
    both = [page(tiny_llama), page(tiny_llama)]
    for app in both:
        app.segmented_control(key="finetune-preset").set_value("Custom").run()
        app.number_input(key="finetune-steps").set_value(3).run()
    for app in both:
        app.button(key="finetune-start").click().run()
    (record,) = runs.list_runs()
    assert [app.query_params["run"] for app in both] == [record.run_id] * 2
    assert (record.spec.steps, record.spec.methods, record.spec.lr, record.spec.batch) == (3, TRIO, 3e-4, 8)
    assert record.state == "queued" and "It starts by itself" in words(both[1])


def test_a_second_run_waits_in_a_visible_line_and_can_leave_it(tiny_llama, busy_device):
    spec, problems = tiny_spec(tiny_llama), tiny_problems()
    first, second = (runs.start(runs.create(dataclasses.replace(spec, seed=i), problems).run_id) for i in (1, 2))
    app = page(tiny_llama, second.run_id)
    assert "It starts by itself when its turn comes" in words(app)
    assert "Running and waiting" in words(app)
    assert "It will wait for 2 fine-tunes before it." in words(page(tiny_llama))
    app.button(key=f"stop-{second.run_id}").click().run()
    assert open_run(second.run_id).stop_flag.exists() and not open_run(first.run_id).stop_flag.exists()


def test_running_shows_progress_curves_and_stop(tiny_llama, made_up):
    folder = made_up(RUNNING, n=12)
    worker = try_lock(folder.worker_lock)
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error
    assert len(app.get("plotly_chart")) == 3
    assert [m.value for m in app.metric if m.label == "Per step"] == ["0.10 s", "0.10 s"]
    assert "HypLoRA acts as LoRA in this run" in words(app)
    app.button(key=f"stop-{folder.run_id}").click().run()
    assert folder.stop_flag.exists()
    assert app.button(key=f"stop-{folder.run_id}").disabled
    worker.release()


def test_done_links_to_the_answers_and_shows_its_settings(tiny_llama, made_up):
    folder = made_up(DONE)
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error
    assert "Both members have done 20 steps" in words(app)
    assert "HypLoRA's training loss is 0.100 below LoRA's over the last 10 steps" in words(app)
    app.segmented_control(key=f"against-{folder.run_id}").set_value("own seconds").run()
    assert "seconds the member itself has used" in app.get("plotly_chart")[0].proto.spec


def test_layers_are_shown_with_a_warning_where_tokens_are_many_radii_long(tiny_llama, made_up):
    folder = made_up(DONE)
    wide = Quantiles(minimum=0.1, low=0.2, median=1.0, high=40.0, maximum=480.0, n=50)
    one = Quantiles(minimum=0.9, low=0.95, median=1.0, high=3.0, maximum=9.0, n=50)
    layer = LayerProbe(layer="model.layers.0.mlp.down_proj", n_tokens=50, n_capped=0, u=wide, ba_norm=one, gain=one, ratio=one)
    entry = AdapterProbe(adapter="hyplora", hyperbolic=True, overall=layer, layers=(layer,))
    folder.write_probe(RunProbe(step=20, summary=ProbeSummary(adapters=(entry,))))
    token = MassiveToken(row=1, position=0, token_id=0, u=3.0, times_median=480.0)
    found = LayerRadius(layer=layer.layer, radius=9.0, c=0.1, u_before=wide, u=wide, n_massive=4, massive=(token,))
    folder.write_calibration(RadiusCalibration(adapter="hyplora", quantile=0.99, target=3.0, n_tokens=50, layers=(found,), unchanged=()))
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error
    assert (
        app.expander[0].label == "Layer by layer"
        and "On the batch of step 20." in words(app)
        and "The gain is farthest from 1" in words(app)
    )
    assert "In 1 layer some tokens are more than 30 radii long (u up to 480" in words(app)
    assert "4 of 50 tokens are more than 10 times as long as the median one, the longest 480 times" in words(app)
    assert "Calibration left the longest 1 % of each layer's tokens out" in words(app)
    app.segmented_control(key=f"layers-quantity-{folder.run_id}").set_value("variation").run()
    assert "before the variation within a layer was measured" in words(app) and len(app.dataframe) == 1  # the runs
    app.segmented_control(key=f"layers-quantity-{folder.run_id}").set_value("u").run()
    assert "Tokens are longest against the radius in block 0 down_proj: u = 1 at the median, 480 at most" in words(app)


def test_layers_say_what_lora_could_do_as_well(tiny_llama, made_up):
    """In sentences, kind of module by kind, as a table to take home, and as a chart; the run's own sentence is in the open."""
    folder = made_up(DONE)
    one = Quantiles(minimum=0.9, low=0.95, median=1.0, high=3.0, maximum=9.0, n=50)
    gain = Quantiles(minimum=2.0, low=2.1, median=2.4, high=2.7, maximum=3.0, n=50)
    layers = tuple(
        LayerProbe(
            layer=f"model.layers.{block}.self_attn.q_proj",
            n_tokens=50,
            n_capped=0,
            u=one,
            ba_norm=one,
            gain=gain,
            ratio=one,
            gain_p5=2.16,
            gain_p95=2.64,
            unlike_lora=0.009,
            c=1.0,
            longest=2.0,
            n_massive=0,
        )
        for block in (0, 1)
    )
    bent = AdapterProbe(adapter="hyplora", hyperbolic=True, overall=layers[0], layers=layers)
    plain = dataclasses.replace(bent, adapter="lora", hyperbolic=False)
    folder.write_probe(RunProbe(step=20, summary=ProbeSummary(adapters=(plain, bent))))
    app = page(tiny_llama, folder.run_id)
    assert not app.exception and not app.error
    said = (
        "HypLoRA is LoRA times 2.4, give or take 10 % by token; LoRA at each layer's own scale cannot give 0.9 % of the update's variance."
    )
    whole = said.replace("token; LoRA", "token. LoRA").removesuffix(".") + " at the median layer."
    assert f"In this run {whole}" in [info.value.replace("\\", "") for info in app.info] and f"- In q {said}" in words(app)
    (table,) = [frame.value for frame in app.dataframe if "in words" in frame.value]
    assert list(table["give or take"]) == pytest.approx([0.1, 0.1]) and list(table["block"]) == [0, 1]
    assert table["in words"][1].startswith("LoRA times 2.4, give or take 10 % by token;")
    app.segmented_control(key=f"layers-quantity-{folder.run_id}").set_value("variation").run()
    assert "In half of the layers the gain is one number give or take 10 % or less" in words(app)


def test_stopped_can_go_on(tiny_llama, made_up, busy_device):
    folder = made_up(STOPPED, n=7, message="Stopped after step 7 of 20; what was trained is kept and it can go on.")
    app = page(tiny_llama, folder.run_id)
    assert "Stopped after step 7 of 20" in words(app) and not app.error
    app.button(key=f"resume-{folder.run_id}").click().run()
    assert runs.get(folder.run_id).state == "queued"


def test_failed_says_why_and_keeps_the_traceback_in_the_log(tiny_llama, made_up):
    folder = made_up(FAILED, n=3, message="The loss of HypLoRA became nan at step 4 (learning rate 3).")
    folder.log.write_text("starting\nTraceback (most recent call last):\nFloatingPointError\n")
    app = page(tiny_llama, folder.run_id)
    assert [e.value.replace("\\", "") for e in app.error] == ["The loss of HypLoRA became nan at step 4 (learning rate 3)."]
    assert any("Traceback" in code.value for code in app.code)
    assert "Traceback" not in words(app)


def test_lost_shows_the_end_of_its_log(tiny_llama, made_up):
    folder = made_up(RUNNING, n=5)
    folder.log.write_text("the last line it wrote\n")
    app = page(tiny_llama, folder.run_id)
    assert "ended without a word after step 5" in app.error[0].value.replace("\\", "")
    assert any("the last line it wrote" in code.value for code in app.code)
    assert app.button(key=f"resume-{folder.run_id}").label == "Start it again"


def test_deleting_asks_first(tiny_llama, made_up):
    folder = made_up(DONE)
    app = page(tiny_llama, folder.run_id)
    assert folder.path.is_dir()
    app.button(key=f"delete-{folder.run_id}").click().run()
    assert not folder.path.is_dir() and runs.list_runs() == ()
    assert "run" not in app.query_params and not app.exception


def test_past_runs_are_listed_with_their_settings_and_correct_the_expected_time(tiny_llama, made_up):
    finished = made_up(DONE, seed=1)
    finished.write_plan(RunPlan(memory=MEMORY, seconds=4.0))
    made_up(STOPPED, seed=2, n=9)
    app = page(tiny_llama)
    table = past_runs(app)
    assert table["State"].tolist() == ["stopped", "done"] and table["Steps"].tolist() == ["9 / 20", "20 / 20"]
    assert table["Rate"].tolist() == ["0.01", "0.01"] and table["Seed"].tolist() == [2, 1]
    assert "and an earlier fine-tune" in words(app)


def test_what_the_process_took_stands_beside_what_its_members_need(tiny_llama, made_up):
    folder = made_up(DONE)
    folder.write_plan(RunPlan(memory=MEMORY, seconds=4.0))
    folder.write_resources(RESOURCES)
    app = page(tiny_llama, folder.run_id)
    assert "Memory of the process 2.2 GB: the whole process; expected 2.4 GB." in words(app)
    assert "The logits of all tokens are computed, not only those of answers, because of something" in words(app)


def test_a_killed_run_names_memory_as_the_likely_cause(tiny_llama, made_up):
    folder = made_up(RUNNING, n=5)
    folder.write_resources(RESOURCES)
    app = page(tiny_llama, folder.run_id)
    assert "killed, most likely for lack of memory: it had taken 2.2 GB at its largest, and 100.0 MB were free" in words(app)


def test_too_little_memory_is_one_sentence_and_no_button(tiny_llama, monkeypatch):
    monkeypatch.setattr("hypviz.studies.finetune.memory.free_memory", lambda device: 50_000_000)
    app = page(tiny_llama)
    assert len(app.error) == 1 and "Even with one example at a time" in app.error[0].value and not app.exception
    assert not [button for button in app.button if button.key == "finetune-start"]


def test_a_run_that_is_gone_is_one_sentence_above_the_form(tiny_llama):
    app = page(tiny_llama, "20200101-000000-dead")
    assert len(app.error) == 1 and "There is no run" in app.error[0].value
    assert app.button(key="finetune-start")


def test_a_damaged_run_is_named_and_the_page_still_works(tiny_llama, made_up):
    folder = made_up(DONE)
    (folder.path / "status.json").write_text("{")
    app = page(tiny_llama)
    assert folder.run_id in app.warning[0].value.replace("\\", "")
    assert app.button(key="finetune-start") and not app.exception


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"caf\xe9 \xc3\xa9", "not UTF-8"),
        (b"\xff\xfe\x00", "begins as UTF-16 but is not"),
        (b'{"question": "How many?"}\n', "holds no problem with a question and one answer"),
        (b"not json\n", "is not JSON"),
    ],
)
def test_an_unusable_upload_is_one_sentence(tiny_llama, data, sentence):
    app = page(tiny_llama)
    app.selectbox(key="finetune-problems").set_value("upload").run()
    assert "Choose a file" in words(app) and not app.button
    app.file_uploader[0].set_value(("mine.jsonl", data, "application/json")).run()
    assert len(app.error) == 1 and sentence in app.error[0].value.replace("\\", "") and not app.exception


def test_an_upload_can_be_learned_from(tiny_llama, busy_device):
    row = b'{"question": "Tom has 3 apples and gets 4. How many?", "answer": "3 + 4 = 7\\n#### 7"}\n{"question": "?"}\n'
    app = page(tiny_llama)
    app.selectbox(key="finetune-problems").set_value("upload").run()
    app.file_uploader[0].set_value(("mine.jsonl", row, "application/json")).run()
    assert "1 row was left out: line 2 has no answer." in words(app)
    app.button(key="finetune-start").click().run()
    (record,) = runs.list_runs()
    assert (record.spec.problems, record.n_problems) == ("mine.jsonl", 1)


def test_no_layer_to_adapt_is_one_sentence(tiny_llama):
    app = page(tiny_llama)
    app.multiselect[0].set_value([]).run()
    assert not [button for button in app.button if button.key == "finetune-start"]
    assert len(app.error) == 1 and "No layer was chosen" in app.error[0].value
    assert runs.list_runs() == ()


def test_an_unusable_model_is_one_sentence_and_past_runs_stay_in_reach(tmp_path, made_up):
    made_up(DONE)
    app = open_page(PAGE, str(tmp_path))
    assert len(app.error) == 1 and not app.exception
    assert past_runs(app)["State"].tolist() == ["done"]
