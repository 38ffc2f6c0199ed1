"""The text of ``marks.py``, the module that stands in an exported task: how its problems are read, and how an answer is marked.

By the paper's rule, for numbers, it needs nothing but Python and the harness itself; every other rule is hypviz's own and is imported.
"""

from __future__ import annotations

from hypviz.exchange.marks import PAPER

_HEAD = '''"""Problems and marks of the task {task}, exported by hypviz {version}."""

import json
from pathlib import Path


def problems(**unused):
    """The problems beside this file, as the harness wants a data set."""
    from datasets import Dataset

    text = Path(__file__).with_name("problems.jsonl").read_text(encoding="utf-8")
    return {{"test": Dataset.from_list([json.loads(line) for line in text.split("\\n") if line])}}


def said(text):
    """The part that answers: up to where the model begins a question of its own."""
    return text.partition("\\nQuestion:")[0]

'''

_PAPER = '''
"""The rule of arXiv 2410.04010v2, section 5: the last number, commas removed, right within 0.001 of the reference; exact fractions."""

import math  # noqa: E402
import re  # noqa: E402
from decimal import Decimal  # noqa: E402
from fractions import Fraction  # noqa: E402

NUMBER = re.compile(r"-?\\d[\\d,]*(?:\\.\\d+)?|-?\\.\\d+")


def last_number(text):
    """The last number below a float's largest, None without one; a minus after a letter or digit is a dash."""
    found = None
    for match in NUMBER.finditer(text):
        token = match.group().replace(",", "")
        if token.startswith("-") and match.start() > 0 and text[match.start() - 1].isalnum():
            token = token[1:]
        if math.isfinite(float(token)):
            found = Fraction(Decimal(token))
    return found


def process_results(doc, results):
    """1 for a right answer, 0 for any other."""
    found = last_number(said(results[0]))
    return {"right": float(found is not None and abs(found - Fraction(doc["answer"])) <= Fraction(1, 1000))}
'''

_OWN = '''
def process_results(doc, results):
    """1 for a right answer by hypviz's rule {rule}, 0 for any other.

    The harness does not tell which answers its token limit cut, so that this rule reads every answer as finished.
    """
    try:
        from hypviz.exchange.samples import mark_of_doc
    except ImportError as error:
        raise ImportError("This task is marked by hypviz's rule {rule}: install hypviz, or export it with the rule paper.") from error
    return {{"right": float(mark_of_doc("{rule}", doc, said(results[0])).right)}}
'''


def module_text(task: str, version: str, rule: str) -> str:
    """The module of a task whose answers are numbers, marked by `rule`."""
    return _HEAD.format(task=task, version=version) + (_PAPER if rule == PAPER else _OWN.format(rule=rule))
