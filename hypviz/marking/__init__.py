"""Marking rules, one file each: what counts as the answer in a text, where it stands, and whether it is right; pure.

In: what a model wrote, and the `Problem`. Out: `Found`, or None where the rule finds no answer. A file of this package that ends in
``ENTRY = MarkingRule(...)`` is on the Evaluate and Compare pages and in ``--rule`` of ``evaluate`` and ``generate``; nothing else names it.
"""

from __future__ import annotations

from hypviz.marking.entry import Found, MarkingRule
from hypviz.marking.steps import Step, check_steps
from hypviz.registry import Registry

RULES: Registry[MarkingRule] = Registry("hypviz.marking", MarkingRule, noun="marking rule")
DEFAULT = "careful"

__all__ = ["DEFAULT", "RULES", "Found", "MarkingRule", "Step", "check_steps", "rules_for"]


def rules_for(kinds: frozenset[str]) -> dict[str, MarkingRule]:
    """The rules that mark all these kinds of problems."""
    return {name: rule for name, rule in RULES.items() if kinds <= frozenset(rule.kinds)}
