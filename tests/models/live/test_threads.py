"""Pages build models at the same time; none may leave its dtype in another's weights, or in torch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from hypviz.models import load_model, resolve, summarise


def test_models_built_at_once_keep_their_dtypes_and_torch_its_default(tiny_llama: Path) -> None:
    ref = resolve(str(tiny_llama))
    assert ref.dtype == "bfloat16"
    with ThreadPoolExecutor(6) as pool:
        wide = [pool.submit(load_model, ref, dtype="float32") for _ in range(6)]
        seen = [pool.submit(summarise, ref) for _ in range(6)]
        stored = [pool.submit(load_model, ref, dtype="auto") for _ in range(6)]
    assert {p.dtype for job in wide for p in job.result().parameters()} == {torch.float32}
    assert {p.dtype for job in stored for p in job.result().parameters()} == {torch.bfloat16}
    assert len({job.result().n_parameters for job in seen}) == 1
    assert torch.get_default_dtype() == torch.float32
