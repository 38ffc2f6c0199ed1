"""A tiny spec on the tiny Llama, and the worker run inside the test process, where torch is already loaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hypviz import runs
from hypviz.records.runs import RunMetrics, RunRecord, RunSpec
from hypviz.records.texts import ProblemSet
from hypviz.runs.folder import open_run
from tests.runs.specs import tiny_problems, tiny_spec


@pytest.fixture(scope="session")
def problems() -> ProblemSet:
    return tiny_problems()


@pytest.fixture(scope="session")
def spec(tiny_llama: Path) -> RunSpec:
    return tiny_spec(tiny_llama)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A run and its curves, read while its store was in place."""

    record: RunRecord
    metrics: RunMetrics

    def losses(self, method: str) -> list[float]:
        """The loss of every step."""
        curve = self.metrics.curve(method)
        assert curve is not None
        return curve.losses.tolist()

    def fingerprints(self) -> dict[str, str | None]:
        """The saved adapters by method."""
        return {member.method: member.adapter_fingerprint for member in self.record.members}


def work_off(run_id: str) -> Trained:
    """What the worker process would do with the run, in this process."""
    from accelerate.state import AcceleratorState, GradientState

    from hypviz.worker.main import run_alone

    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    run_alone(open_run(run_id), inherited=None)
    return Trained(record=runs.get(run_id), metrics=runs.metrics(run_id))


@pytest.fixture
def train_here(problems: ProblemSet) -> Callable[..., Trained]:
    """``train_here(spec, **changes)``: create a run and work it off in this process."""

    def train(spec: RunSpec, **changes: object) -> Trained:
        return work_off(runs.create(dataclasses.replace(spec, **changes), problems).run_id)

    return train


@pytest.fixture(scope="session")
def pair(spec: RunSpec, problems: ProblemSet, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One finished pair, trained once for all tests; its folder stays where it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(tmp_path_factory.mktemp("pair")))
        return work_off(runs.create(spec, problems).run_id)
