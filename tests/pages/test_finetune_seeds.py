"""Several seeds on the Fine-tune page: one press starts them all, and a finished run says what they say together."""

from __future__ import annotations

import dataclasses

from hypviz import runs
from hypviz.records.runs import DONE
from tests.pages.test_finetune_page import busy_device, made_up, page, words

__all__ = ["busy_device", "made_up"]


def test_one_press_starts_a_run_for_each_seed(tiny_llama, busy_device):
    app = page(tiny_llama)
    app.number_input(key="finetune-seed").set_value(4).run()
    app.number_input(key="finetune-seeds").set_value(3).run()
    assert "on the same batches, with each of 3 seeds: about" in words(app)
    app.button(key="finetune-start").click().run()
    started = sorted(runs.list_runs(), key=lambda record: record.spec.seed)
    assert [record.spec.seed for record in started] == [4, 5, 6]
    assert len({dataclasses.replace(record.spec, seed=0) for record in started}) == 1
    assert app.query_params["run"] == started[0].run_id


def test_a_finished_run_says_what_all_its_seeds_say(tiny_llama, made_up):
    folders = [made_up(DONE, seed=seed) for seed in (0, 2)]  # made_up gives odd seeds another setting
    other = made_up(DONE, seed=1)
    for folder in (*folders, other):
        status = folder.read_status()
        members = tuple(dataclasses.replace(m, adapter=f"adapter/{m.method}", adapter_steps=20) for m in status.members)
        folder.write_status(dataclasses.replace(status, members=members))
    for folder in folders:
        said = words(page(tiny_llama, folder.run_id))
        assert "Over 2 seeds, in the last 10 steps, HypLoRA's training loss is below LoRA's (−0.1000, " in said
        assert "−0.1000 (seed 0), −0.1000 (seed 2)" in said and "they tell almost nothing" in said
    assert "Over 2 seeds" not in words(page(tiny_llama, other.run_id))
