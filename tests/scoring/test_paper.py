"""The paper's rows: found by the names people have, never for a set it did not use, with the noise of their n."""

from __future__ import annotations

import pytest

from hypviz.problems import PROBLEM_SET_NAMES
from hypviz.scoring.paper import ARITHMETIC, COMMONSENSE, PaperRow, paper_model, paper_rows, paper_set
from hypviz.words.paper import paper_sentences


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gsm8k", "GSM8K"),
        ("GSM8K_test.jsonl.gz", "GSM8K"),
        ("openai/gsm8k", "GSM8K"),
        ("svamp (test)", "SVAMP"),
        ("ARC-Challenge", "ARC-c"),
        ("arc_easy.json", "ARC-e"),
        ("social_i_qa", "SIQA"),
        ("openbookqa", "OBQA"),
        ("my gsm8k", None),
        ("gsm8k-train.jsonl", None),
        ("arc", None),
        ("", None),
    ],
)
def test_sets_by_their_names(name: str, known: str | None) -> None:
    assert paper_set(name) == known


def test_no_set_that_ships_is_one_of_the_papers() -> None:
    for name in PROBLEM_SET_NAMES:
        assert paper_rows(name, "LLaMA3-8B") == () == paper_sentences(name, "LLaMA3-8B") and paper_rows(f"{name}:7", "x") == ()


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("meta-llama/Meta-Llama-3-8B", "LLaMA3-8B"),
        ("/models/Llama-3-8B-Instruct/", "LLaMA3-8B"),
        ("huggyllama/llama-7b", "LLaMA-7B"),
        ("google/gemma-3-4b-it", "Gemma3-4B"),
        ("google/gemma-7b", "Gemma-7B"),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen2.5-7B"),
        ("meta-llama/Llama-3.1-8B", None),
        ("meta-llama/Llama-2-7b-hf", None),
        ("bundled", None),
    ],
)
def test_models_by_their_names(label: str, known: str | None) -> None:
    assert paper_model(label) == known


def test_the_noise_is_that_of_n_problems() -> None:
    row = PaperRow(model="m", method="HypLoRA", problems="GSM8K", n=1319, accuracy=0.841, source="s")
    assert row.noise == pytest.approx(0.0197, abs=1e-4)


def test_every_printed_mean_is_that_of_its_row() -> None:
    """The paper prints LLaMA3-8B with HypLoRA: 74.2 over all 3,811 arithmetic problems... weighted by n; 84.8 over eight sets."""
    rows = [row for name in ARITHMETIC for row in paper_rows(name, "LLaMA3-8B") if row.method == "HypLoRA"]
    assert sum(row.accuracy * row.n for row in rows) / sum(row.n for row in rows) == pytest.approx(0.742, abs=5e-4)
    sums = [row.accuracy for name in COMMONSENSE for row in paper_rows(name, "LLaMA3-8B") if row.method == "HypLoRA"]
    assert sum(sums) / 8 == pytest.approx(0.848, abs=5e-4)
    assert [row.method for row in paper_rows("gsm8k", "LLaMA-13B")] == ["untuned", "LoRA", "HypLoRA"]  # DoRA ran out of time there


def test_what_is_said() -> None:
    said = paper_sentences("gsm8k", "meta-llama/Meta-Llama-3-8B")
    assert said[-1] == (
        "The paper reports 74.0 % on 1,319 problems of GSM8K for LLaMA3-8B with HypLoRA, give or take 2.4 "
        "(arXiv 2410.04010v2, Tables 3 and 8)."
    )
    (other,) = paper_sentences("boolq.json", "LLaMA-7B")
    assert other.startswith(
        "The paper reports no BoolQ for this model; for others it has 68.1 % (Gemma3-4B with LoRA) to 74.1 % (LLaMA3-8B"
    )
