"""Operation trees over whole numbers: the judge of every generated answer, and the source of its worked steps.

An expression is an int or ``(left, operator, right)``; operators are ``+ - * /`` and division must be exact.
"""

from __future__ import annotations

Expression = int | tuple["Expression", str, "Expression"]


def evaluate(expression: Expression) -> int:
    """The value of the tree; `ValueError` if a division leaves a remainder or an intermediate result is negative."""
    if isinstance(expression, int):
        return expression
    left, operator, right = evaluate(expression[0]), expression[1], evaluate(expression[2])
    if operator == "/":
        if right == 0 or left % right:
            raise ValueError(f"{left} / {right} is not a whole number")
        return left // right
    value = {"+": left + right, "-": left - right, "*": left * right}[operator]
    if value < 0:
        raise ValueError(f"{left} {operator} {right} is negative")
    return value


def steps(expression: Expression) -> list[str]:
    """The equations that compute the tree, innermost first: ``["3 + 4 = 7", "7 * 2 = 14"]``."""
    if isinstance(expression, int):
        return []
    left, operator, right = expression
    line = f"{evaluate(left)} {operator} {evaluate(right)} = {evaluate(expression)}"
    return [*steps(left), *steps(right), line]
