"""The instruction form of the paper's releases, which is Alpaca's without an input (Taori et al., 2023).

It is one fixed text, and what the paper's evaluation (marlin-codes/HypLoRA, `evaluate.py`) writes as the turn of the user for Llama-3-8B
is this text to the letter, there between that model's header and end-of-turn tokens. The other models are asked otherwise there: Qwen2.5
the bare instruction in its chat template with the system text "You are a helpful assistant." (here `chat` with ``--system``), Gemma this
text up to the instruction, without the line of the response, between ``<|system|>``, ``<|user|>`` and ``<|end_of_turn|>`` written as text.
LLM-Adapters (`evaluate.py`, `commonsense_evaluate.py`), from which the sets come, has the same lines indented by sixteen spaces, and inside
its arithmetic prompt a comment of its linter.
"""

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
