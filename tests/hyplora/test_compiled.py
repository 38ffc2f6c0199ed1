"""torch.compile: the update is one graph, without a break, and computes what it computes uncompiled."""

from __future__ import annotations

import shutil

import pytest
import torch

from tests.hyplora.test_model import X, wrapped

COMPILER = pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile's default backend needs a C++ compiler")


@pytest.mark.parametrize("backend", ["aot_eager", pytest.param("inductor", marks=[pytest.mark.slow, COMPILER])])
def test_a_compiled_layer_is_the_layer(backend):
    model, layer = wrapped(dtype=torch.float32)
    x = X.float()
    torch._dynamo.reset()
    compiled = torch.compile(layer, backend=backend, fullgraph=True)
    gradients = []
    for run in (layer, compiled):
        model.zero_grad()
        run(x).square().sum().backward()
        gradients.append({name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None})
    assert len(gradients[0]) == 3  # A, B and the radius
    for name, grad in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], grad, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        for rows in (x, x[:1]):  # a batch, and one token as in decoding
            torch.testing.assert_close(compiled(rows), layer(rows), rtol=1e-5, atol=1e-5)
