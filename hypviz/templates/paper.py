"""The instruction form of the paper's releases, which is Alpaca's without an input (Taori et al., 2023)."""

from __future__ import annotations

from hypviz.records.asking import PAPER, Asking
from hypviz.templates.entry import TextTemplate

TASK = "Below is an instruction that describes a task. Write a response that appropriately completes the request."


def write(asking: Asking, question: str) -> str:
    """The sentence about the task once, then each example and the question as instruction and response."""
    shots = "".join(f"{_ask(shot.question)}{shot.answer.strip()}\n\n" for shot in asking.shots)
    return f"{TASK}\n\n{shots}{_ask(question)}"


def _ask(question: str) -> str:
    return f"### Instruction:\n{question.strip()}\n\n### Response:\n"


ENTRY = TextTemplate(
    name=PAPER,
    label="Instruction (paper)",
    help='"### Instruction: ... ### Response:", as in the paper\'s releases',
    order=20,
    write=write,
)
