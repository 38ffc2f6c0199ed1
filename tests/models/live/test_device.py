"""Where a model answers: the GPU that has room for it, else the CPU, with the reason; moved there only if its answers stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hypviz.errors import ModelError
from hypviz.models import resolve
from hypviz.models.live import device as room
from hypviz.models.live.device import Gpu, choose, place_sentence, put_on
from hypviz.records.models import BFLOAT16, CPU, FLOAT32, ModelRef
from hypviz.studies.finetune.defaults import default_device
from hypviz.studies.model_notices import computing_sentence
from tests.stages import Stage, stage, stages

__all__ = ["stage", "stages"]
BIG = Gpu(name="cuda:0", title="A big card", free=80_000_000_000, has_bfloat16=True)
SMALL = Gpu(name="cuda:1", title="A small card", free=8_000_000_000, has_bfloat16=True)
OLD = Gpu(name="cuda:0", title="An old card", free=8_000_000_000, has_bfloat16=False)
APPLE = Gpu(name="mps", title="Apple's MPS", free=16_000_000_000, has_bfloat16=True)


@pytest.fixture
def with_gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that torch has these, and that the operator has named one or none."""

    def pretend(*gpus: Gpu, named: str | None = None) -> None:
        room._gpus_for.cache_clear()
        monkeypatch.setattr(room, "gpus", lambda: gpus)
        monkeypatch.setenv(room.VARIABLE, named) if named else monkeypatch.delenv(room.VARIABLE, raising=False)

    yield pretend
    room._gpus_for.cache_clear()


@pytest.mark.parametrize(
    ("gpus", "named", "device", "number"),
    [
        ((), None, CPU, FLOAT32),
        ((BIG, APPLE), None, "cuda:0", FLOAT32),
        ((APPLE,), None, "mps", FLOAT32),
        ((SMALL,), None, "cuda:1", BFLOAT16),  # 8 GB of float32 do not fit, 4 GB of bfloat16 do
        ((SMALL, BIG), None, "cuda:0", FLOAT32),  # float32 where any has room for it
        ((OLD,), None, CPU, FLOAT32),
        ((BIG,), CPU, CPU, FLOAT32),
        ((), CPU, CPU, FLOAT32),
    ],
)
def test_a_model_of_two_billion_goes_where_it_fits(
    gpus: tuple[Gpu, ...], named: str | None, device: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypviz.models.live.number.total_memory", lambda: 64_000_000_000)
    place = choose(2_000_000_000, gpus, named=named)
    assert (place.device, place.number) == (device, number)
    assert (place.why is None) == (not gpus)


def test_the_reason_is_said_and_answers_of_a_gpu_are_kept_apart(tiny_llama: Path, with_gpus: Callable[..., None]) -> None:
    with_gpus()
    plain = resolve(str(tiny_llama))
    assert (plain.device, plain.answering, computing_sentence(plain)) == (CPU, plain.fingerprint, None)
    with_gpus(BIG)
    ref = resolve(str(tiny_llama))
    assert (ref.device, ref.identity, ref.answering) == ("cuda:0", plain.identity, f"{plain.fingerprint} on cuda")
    assert "llama answers on cuda:0, because torch has it here and the weights fit. The last digits" in str(computing_sentence(ref))
    with_gpus(Gpu(name="cuda:0", title="A full card", free=1000, has_bfloat16=False))
    ref = resolve(str(tiny_llama))
    said = str(computing_sentence(ref))
    assert ref.device == CPU and "llama answers on the CPU, because cuda:0 (A full card) has 1.0 kB free, and its weights, with" in said
    with_gpus(BIG, SMALL, named="cuda:1")
    assert "answers on cuda:1, because HYPVIZ_DEVICE names it" in str(place_sentence(resolve(str(tiny_llama))))
    with_gpus(SMALL)
    assert "in bfloat16, because in float32 its weights would fill 8.0 GB of the 8.0 GB" in str(room.answering_place(2_000_000_000).why)


def test_a_device_that_is_not_there_is_one_sentence(tiny_llama: Path, with_gpus: Callable[..., None]) -> None:
    with_gpus(BIG, named="gpu")
    with pytest.raises(ModelError, match="HYPVIZ_DEVICE names 'gpu', which is no device that a model answers on; set it to cpu, cuda"):
        resolve(str(tiny_llama))
    with_gpus(BIG, named="mps")
    with pytest.raises(ModelError, match="HYPVIZ_DEVICE names mps, and torch sees cuda:0 here; correct it"):
        resolve(str(tiny_llama))
    with_gpus(BIG, SMALL, named="cuda")
    assert resolve(str(tiny_llama)).device == "cuda:0"


def test_torch_is_asked_for_gpus_where_a_driver_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_DRIVERS", ())
    monkeypatch.setattr(room.sys, "platform", "linux")
    assert room.gpus() == ()
    monkeypatch.setattr(room, "_DRIVERS", ("/",))
    for name, value in {
        "is_available": True,
        "device_count": 1,
        "get_device_name": "A card",
        "memory_reserved": 700,
        "memory_allocated": 200,
        "mem_get_info": (1000, 4000),
        "get_device_capability": (7, 5),
    }.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, value=value: value)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(room, "available_memory", lambda: 5000)
    card, apple = room.gpus()
    assert card == Gpu(name="cuda:0", title="A card", free=1700, has_bfloat16=False)
    assert (apple.name, apple.free, apple.has_bfloat16) == ("mps", 5000, True)
    assert (room.free_on("cuda:0"), room.free_on("mps"), room.free_on(CPU)) == (1500, 5000, 5000)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv(room.VARIABLE)
    assert default_device() == "cuda:0"
    monkeypatch.setenv(room.VARIABLE, "cuda:3")
    assert default_device() == "cuda:3"


class Moved:
    """A model that pretends to be moved: `then` is called in its place."""

    def __init__(self, model: Any, then: Callable[[Any], Any]) -> None:
        self.model, self.then = model, then

    def __call__(self, **given: Any) -> Any:
        return self.model(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def to(self, device: str) -> Any:
        return self.then(self.model)


def fail(error: Exception) -> Callable[[Any], Any]:
    def then(_: Any) -> Any:
        raise error

    return then


def test_a_model_is_moved_only_where_it_gives_the_same_answers(stages: Callable[[str], Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = stages("llama").model, stages("qwen3").model
    monkeypatch.setattr(room, "free_on", lambda device: 10**12)
    assert put_on(ours, CPU, "It") is ours
    assert put_on(Moved(ours, lambda model: model), "cuda:0", "It") is ours
    for then, sentence in (
        (
            lambda _: other,
            r"On cuda:0 It gives other probabilities than on the CPU \(.* of 1 lie on other tokens.*; start with HYPVIZ_DEVICE=cpu",
        ),
        (fail(torch.OutOfMemoryError("CUDA out of memory.\nmore")), r"cannot be computed on cuda:0 \(CUDA out of memory\); start with"),
        (fail(TypeError("no float64 on MPS")), "no float64 on MPS"),
    ):
        with pytest.raises(ModelError, match=sentence):
            put_on(Moved(ours, then), "cuda:0", "It")
    monkeypatch.setattr(room, "free_on", lambda device: 1000)
    emptied: list[bool] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))
    with pytest.raises(ModelError, match=r"It needs .* on cuda:0, and 1\.0 kB are free there; close what else uses it"):
        put_on(Moved(ours, lambda model: model), "cuda:0", "It")
    assert emptied


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
def test_on_a_gpu_the_tokens_are_those_of_the_cpu(stages: Callable[[str], Stage]) -> None:
    from hypviz.generate import continue_prompts
    from hypviz.models import load_model
    from hypviz.records.answers import Decoding

    stage = stages("llama")
    moved = put_on(load_model(stage.ref, dtype="float32"), "cuda:0", "It")
    prompts, decoding = [[5, 17, 42], [9, 61, 23, 8, 42]], Decoding(max_new_tokens=8, stop_at_question=False)
    ours, theirs = (continue_prompts(model, stage.tokenizer, prompts, decoding) for model in (stage.model, moved))
    assert [answer.token_ids for answer in ours] == [answer.token_ids for answer in theirs]


def test_a_ref_of_an_earlier_version_has_the_cpu() -> None:
    ref = ModelRef(source="x", kind="folder", path="x", revision=None, dtype=FLOAT32, fingerprint="f")
    assert ref.device == CPU and ref.answering == "f"
