"""A training step's time and the process's peak: hypviz's worker against a plain loop of transformers and PEFT, on the same batch.

Each way is a process of its own that takes one step when it is told to, in turn with the other, so that both meet the same machine;
the figure is the ratio of their medians. Peaks are those of the processes (resident memory, libraries included). The matched pair and
the matched three are processes of their own, for their peaks: before and with a look at
the layers. ``python benchmarks/finetune_memory.py MODEL [--batch 8 --tokens 256 --rank 8 --rounds 5]``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

WAYS = {
    "plain": ("lora",),
    "hypviz": ("lora",),
    "hypviz pair": ("lora", "hyplora"),
    "hypviz three": ("lora", "scaled-lora", "hyplora"),
}


def spec_and_ids(given: argparse.Namespace, methods: tuple[str, ...]) -> tuple[Any, Any]:
    """The spec that hypviz would choose, and ids (batch, tokens) of which the second half is learned."""
    import numpy as np

    from hypviz.models import resolve, summarise
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.records.texts import ProblemSet
    from hypviz.studies.finetune.lengths import Lengths
    from hypviz.studies.finetune.memory import plan_memory
    from hypviz.studies.finetune.planning import make_spec

    ref = resolve(given.model)
    summary = summarise(ref)
    problems = ProblemSet(name="random ids", problems=(), fingerprint="random", n_skipped=0)
    asked = ExperimentSpec(
        model=ref, problems=problems, methods=methods, steps=1000, rank=given.rank, batch=given.batch, precision=given.precision
    )
    spec = dataclasses.replace(make_spec(asked, summary), probe_every=10)
    lengths = Lengths(tokens=np.array([given.tokens]), learned=np.array([given.tokens // 2]), longest=given.tokens)
    ids = np.random.default_rng(0).integers(3, summary.vocab_size, (given.batch, given.tokens))
    return plan_memory(spec, summary, lengths, chosen=True)[0], ids


def plain(given: argparse.Namespace) -> Callable[[int], None]:
    """What most scripts do: labels into the model, its own loss, AdamW."""
    import contextlib

    import torch
    from peft import LoraConfig, get_peft_model

    from hypviz.models import load_model

    spec, ids = spec_and_ids(given, ("lora",))
    torch.set_num_threads(spec.threads)
    half = spec.precision == "bfloat16"
    base = load_model(spec.base, dtype="bfloat16" if half else "float32")
    config = LoraConfig(r=spec.rank, lora_alpha=spec.alpha, target_modules=list(spec.targets), task_type="CAUSAL_LM")
    model = get_peft_model(base, config).eval()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=spec.lr, weight_decay=0.0)
    inputs = torch.tensor(ids)
    labels = inputs.clone()
    labels[:, : given.tokens // 2] = -100

    def step(_: int) -> None:
        cast = torch.autocast("cpu", torch.bfloat16) if half else contextlib.nullcontext()
        with cast:
            loss = model(input_ids=inputs, attention_mask=torch.ones_like(inputs), labels=labels, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def worker(given: argparse.Namespace, methods: tuple[str, ...]) -> Callable[[int], None]:
    """The worker's own stepper, looks and metrics included."""
    import torch
    from accelerate import Accelerator

    from hypviz import runs
    from hypviz.problems import problem_set
    from hypviz.records.texts import ProblemSet
    from hypviz.runs.folder import open_run
    from hypviz.worker.answer_loss import AnswerLoss
    from hypviz.worker.data import Example, Item, collate
    from hypviz.worker.members import attach_scaled, calibrate, load_base_with_adapters, look_before, make_member
    from hypviz.worker.report import Report
    from hypviz.worker.stepping import Stepper
    from hypviz.worker.timing import Timing

    spec, ids = spec_and_ids(given, methods)
    torch.set_num_threads(spec.threads)
    os.environ["HYPVIZ_CACHE"] = tempfile.mkdtemp()
    some = ProblemSet(name="some", problems=problem_set("one-step", 1), fingerprint="some", n_skipped=0)
    report = Report(open_run(runs.create(spec, some).run_id))
    accelerator = Accelerator(
        cpu=True, mixed_precision="bf16" if spec.precision == "bfloat16" else "no", gradient_accumulation_steps=spec.accumulate
    )
    model = load_base_with_adapters(spec)
    with accelerator.autocast():
        whole = {"input_ids": torch.tensor(ids), "attention_mask": torch.ones(ids.shape, dtype=torch.long)}
        calibrate(model, spec, whole)
        start = look_before(model, spec, whole)
    if start is not None and "scaled-lora" in methods:
        attach_scaled(model, spec, "scaled-lora", start.adapters[0])
        model.eval()
    members = [make_member(model, method, spec) for method in methods]
    learned = given.tokens - given.tokens // 2
    items = [Item(example=Example(ids=tuple(row), n_prompt=given.tokens // 2), weight=1 / (given.batch * learned)) for row in ids.tolist()]
    size = spec.batch // spec.accumulate
    parts = [collate(items[i : i + size], pad_id=0) for i in range(0, spec.batch, size)]
    loss = AnswerLoss(model)
    with accelerator.autocast():
        loss.settle({name: value[:1] for name, value in parts[0].items()}, [p for m in members for p in m.parameters.values()])
    if loss.all_logits_because:
        raise SystemExit(f"the plain pass would be taken: {loss.all_logits_because}")
    timing = Timing(spec, 0, time.time)
    stepper = Stepper(accelerator=accelerator, answer_loss=loss, members=members, spec=spec, report=report, timing=timing)
    return lambda number: stepper.step(number, parts)


def obey(given: argparse.Namespace) -> None:
    """A child: for each line that arrives the step of that number, answered with its seconds and the peak so far."""
    step = plain(given) if given.way == "plain" else worker(given, WAYS[given.way])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        step(int(line))
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": time.perf_counter() - started, "peak": peak}), flush=True)


class Child:
    """A process of one way."""

    def __init__(self, way: str, arguments: list[str]) -> None:
        command = [sys.executable, __file__, *arguments, "--way", way]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.seconds: list[float] = []
        self.peak = 0
        self._answer()

    def step(self, number: int) -> None:
        """The step of this number, waited for."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        found = self._answer()
        self.seconds.append(found["seconds"])
        self.peak = found["peak"]

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"a child ended with exit status {self.process.wait()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", default=None, help="float32 or bfloat16; as hypviz chooses where it is not given")
    parser.add_argument("--way", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        obey(given)
        return
    arguments = sys.argv[1:]
    children = {way: Child(way, arguments) for way in ("plain", "hypviz")}
    for number in range(given.rounds + 1):  # the first warms up
        for child in children.values():
            child.step(number)
    for child in children.values():
        child.close()
    several, looks = {}, {}
    for way in ("hypviz pair", "hypviz three"):  # one after the other, so that they do not meet in memory
        several[way] = Child(way, arguments)
        for number in (1, 2, 3):
            several[way].step(number)
        before = several[way].peak
        several[way].step(9)  # the layers are looked at after it
        looks[way] = several[way].peak / before - 1
        several[way].close()
    middle = {way: statistics.median(child.seconds[1:]) for way, child in children.items()}
    print("| way | seconds a step, median | peak of the process |\n|---|---|---|")
    for way, child in children.items():
        print(f"| {way}, LoRA | {middle[way]:.2f} | {child.peak / 1e9:.2f} GB |")
    for way, child in several.items():
        print(f"| {way}: {', '.join(WAYS[way])} | {child.seconds[2]:.2f} (one step) | {child.peak / 1e9:.2f} GB |")
    time_ratio, memory_ratio = middle["hypviz"] / middle["plain"], children["hypviz"].peak / children["plain"].peak
    print(f"\nhypviz / plain: {time_ratio:.2f} in time, {memory_ratio:.2f} in memory")
    for way, share in looks.items():
        print(f"{way}: a step with a look at the layers lifts the peak by {share:.1%}")
    print(f"the third member: {(several['hypviz three'].peak - several['hypviz pair'].peak) / 1e6:+.0f} MB")


if __name__ == "__main__":
    main()
