"""What is said about a fine-tune's memory against what there is: looks leave nothing behind, and kept tensors are counted rightly."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef

from hypviz.worker.memory import kept_for_backward, process_peak
from hypviz.worker.report import Report


def _model() -> torch.nn.Sequential:
    """Sigmoid and softmax keep their own output, which is where a hook that hands it back closes a circle."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Sigmoid(), torch.nn.Linear(16, 8), torch.nn.Softmax(dim=-1))


def test_a_counted_pass_leaves_no_tensor_behind() -> None:
    model, made = _model(), []
    for layer in model:
        layer.register_forward_hook(lambda _, __, output: made.append(StorageWeakRef(output.untyped_storage())))
    with kept_for_backward(model) as kept:
        loss = model(torch.randn(4, 8)).sum()
    assert kept.n_bytes > 0 and len(made) == 4
    assert all(reference.expired() for reference in made)  # while the graph is still there
    with pytest.raises(RuntimeError, match="has kept nothing"):
        loss.backward()


def test_what_is_counted_is_what_autograd_keeps() -> None:
    model, x = _model(), torch.randn(4, 8)
    with kept_for_backward(model) as kept:
        model(x)
    inputs, hidden, probabilities = 4 * 8, 4 * 16, 4 * 8  # x for the first weight, sigmoid's output once for two, softmax's output
    assert kept.n_bytes == 4 * (inputs + hidden + probabilities)


def test_a_storage_is_counted_once_and_parameters_never() -> None:
    model = torch.nn.Linear(4, 4, bias=False)
    x = torch.randn(2, 4, requires_grad=True)
    with kept_for_backward(model) as kept:
        y = model(x)
        (y * y + y[:1] * y[:1]).sum()
    assert kept.n_bytes == 4 * (8 + 8)  # x and y; the weight is there anyway


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a program from the process that started it")
def test_the_peak_of_a_process_is_its_own_and_not_that_of_the_one_that_started_it() -> None:
    says = "import torch; from hypviz.worker.memory import process_peak; print(process_peak(torch.device('cpu')))"
    large = f"import subprocess, sys; held = bytearray(1_500_000_000); subprocess.run([sys.executable, '-c', {says!r}], check=True)"
    found = subprocess.run([sys.executable, "-c", large], capture_output=True, text=True, check=True)
    assert 50_000_000 < int(found.stdout) < 1_400_000_000


@pytest.mark.slow
def test_after_200_steps_the_process_is_as_large_as_after_20(train_here, spec, monkeypatch) -> None:
    import psutil

    sizes: dict[int, int] = {}
    update = Report.update

    def note(self: Report, **changes: object) -> None:
        update(self, **changes)
        if changes.get("step") in (20, 200):
            sizes[int(str(changes["step"]))] = psutil.Process().memory_info().rss

    monkeypatch.setattr(Report, "update", note)
    done = train_here(dataclasses.replace(spec, steps=200, probe_every=4, batch=8, lr=1e-4))
    assert done.record.state == "done", done.record.message
    assert sizes[200] - sizes[20] < 0.1 * sizes[20], sizes
    assert process_peak(torch.device("cpu")) >= sizes[200] * 0.9
