"""The text of ``marks.py``, the module that stands in an exported task: how its problems are read, and how an answer is marked.

By the paper's rule, for numbers, it needs nothing but Python and the harness itself; every other rule is hypviz's own and is imported.
"""

from __future__ import annotations

_HEAD = '''"""Problems and marks of the task {task}, exported by hypviz {version}."""

import json
from pathlib import Path


def problems(**unused):
    """The problems beside this file, as the harness wants a data set."""
    from datasets import Dataset

    text = Path(__file__).with_name("problems.jsonl").read_text(encoding="utf-8")
    return {{"test": Dataset.from_list([json.loads(line) for line in text.split("\\n") if line])}}

'''

_PAPER = '''
"""The rule of arXiv 2410.04010v2, section 5: the last number, commas removed, right within 0.001 of the reference; exact fractions."""

import math  # noqa: E402
import re  # noqa: E402
from decimal import Decimal  # noqa: E402
from fractions import Fraction  # noqa: E402

def last_number(text):
    """The last number, all commas taken out; None without one, or where a float does not hold it."""
    found = re.findall(r"-?\\d+\\.?\\d*", text.replace(",", ""))
    return Fraction(Decimal(found[-1])) if found and math.isfinite(float(found[-1])) else None


def process_results(doc, results):
    """1 for a right answer, 0 for any other."""
    found = last_number(results[0])
    return {"right": float(found is not None and abs(found - Fraction(doc["answer"])) <= Fraction(1, 1000))}
'''

_OWN = '''
def process_results(doc, results):
    """1 for a right answer by hypviz's rule {rule}, 0 for any other.

    The harness does not tell which answers its token limit cut, so that this rule reads every answer as finished.
    """
    try:
        from hypviz.exchange.samples import judge_doc
    except ImportError as error:
        raise ImportError("This task is marked by hypviz's rule {rule}: install hypviz, or mark numbers by the rule paper.") from error
    return {{"right": float(judge_doc("{rule}", doc, results[0]).right)}}
'''


def module_text(task: str, version: str, rule: str, *, alone: bool) -> str:
    """The module of a task; `alone` writes the paper's rule for numbers into it, so that it needs no hypviz."""
    return _HEAD.format(task=task, version=version) + (_PAPER if alone else _OWN.format(rule=rule))
