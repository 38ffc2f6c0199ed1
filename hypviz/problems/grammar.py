"""From a seeded generator to one problem of a skill: draw operands and words, fill a form, verify the answer.

Operands: addition and subtraction use numbers up to 99 (carries included), products and quotients a factor of 2 to 12 with
results up to 120.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from hypviz.problems import many_step, one_step
from hypviz.problems.arithmetic import Expression, evaluate, steps
from hypviz.problems.taxonomy import plural
from hypviz.problems.words import CONTAINERS, DAYS, PLACES, Draw
from hypviz.records.problems import Problem


def make_problem(skill: str, rng: random.Random, *, source: str) -> Problem:
    """One problem of `skill`; the same generator state gives the same problem."""
    draw = Draw(rng)
    form, tree, extra = SKILLS[skill](draw)
    slots = _slots(draw, tree, extra)
    question, worked = (_fill(text, slots) for text in form)
    answer = evaluate(tree)
    return Problem(question=question, solution=f"{worked} The answer is {answer}.", answer=Fraction(answer), skill=skill, source=source)


def operands(operator: str, draw: Draw) -> tuple[int, int]:
    """Two operands whose result is a whole number from 0 to about 190."""
    if operator == "+":
        return draw.number(2, 99), draw.number(2, 99)
    if operator == "-":
        high = draw.number(5, 99)
        return high, draw.number(2, high - 1)
    small = draw.number(2, 12)
    other = draw.number(2, 120 // small)
    if operator == "*":
        return small, other
    return small * other, small


def _slots(draw: Draw, tree: Expression, extra: dict[str, str]) -> dict[str, str]:
    person, other = draw.people(2)
    things, more_things = draw.things(2)
    container = draw.word(CONTAINERS)
    day, next_day = draw.rng.sample(DAYS, 2)
    equations = steps(tree)
    slots = {"p": person.name, "q": other.name, "he": person.he, "his": person.his, "t": things, "u": more_things, "box": container}
    slots |= {"boxes": plural(container), "place": draw.word(PLACES), "day": day, "day2": next_day, "He": person.he.capitalize()}
    slots |= dict(zip(("eq", "eq2", "eq3", "eq4"), equations, strict=False))
    return slots | extra


def _fill(text: str, slots: dict[str, str]) -> str:
    filled = text.format(**slots)
    return filled[0].upper() + filled[1:]


Drawn = tuple[tuple[str, str], Expression, dict[str, str]]


def _numbers(**values: int) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _simple(operator: str, forms: tuple[tuple[str, str], ...], draw: Draw) -> Drawn:
    a, b = operands(operator, draw)
    return draw.rng.choice(forms), (a, operator, b), _numbers(a=a, b=b)


def _one_step(draw: Draw) -> Drawn:
    operator = draw.rng.choice("+-*/")
    return _simple(operator, one_step.OPERATIONS[operator], draw)


def _two_step(draw: Draw) -> Drawn:
    pair = draw.rng.choice(tuple(many_step.TWO_STEP))
    a, b = operands(pair[0], draw)
    first = evaluate((a, pair[0], b))
    c = draw.number(2, 60) if pair[1] == "+" else draw.number(1, max(1, min(first - 1, 99)))
    return draw.rng.choice(many_step.TWO_STEP[pair]), ((a, pair[0], b), pair[1], c), _numbers(a=a, b=b, c=c)


def _three_step(draw: Draw) -> Drawn:
    """Products up to 400 and sums up to 700; the nested kind asks for a kind within a category, not for the category."""
    shape = draw.rng.choice(tuple(many_step.THREE_STEP))
    form = draw.rng.choice(many_step.THREE_STEP[shape])
    if shape == "(a + b - c) * d":
        a, b = draw.number(11, 60), draw.number(11, 60)
        c, d = draw.number(2, a + b - 10), draw.number(3, 12)
        return form, (((a, "+", b), "-", c), "*", d), _numbers(a=a, b=b, c=c, d=d)
    a, c = draw.number(3, 19), draw.number(3, 19)
    b, d = draw.number(4, 400 // a), draw.number(4, 400 // c)
    if shape == "a*b + c*d":
        return form, ((a, "*", b), "+", (c, "*", d)), _numbers(a=a, b=b, c=c, d=d)
    c = draw.number(21, 299)
    words = draw.kind() if shape.startswith("k") else {}
    d = draw.number(11, min(c, a * b) - 1)  # whichever of the two things is taken from
    return form, (((a, "*", b), "+", c), "-", d), words | _numbers(a=a, b=b, c=c, d=d, e=draw.number(11, 299))


def _nested(draw: Draw) -> Drawn:
    category, (x, y), z = draw.nested()
    a, b, c = draw.number(2, 60), draw.number(2, 60), draw.number(2, 60)
    words = {"k": plural(category), "x": plural(x), "y": plural(y), "z": plural(z)} | draw.container()
    return draw.rng.choice(many_step.NESTED), (a, "+", b), words | _numbers(a=a, b=b, c=c)


def _average(draw: Draw) -> Drawn:
    mean, spread = draw.number(5, 30), draw.number(1, 4)
    if draw.rng.random() < 0.5:
        a, b = mean - spread, mean + spread
        return draw.rng.choice(many_step.AVERAGE_OF_TWO), ((a, "+", b), "/", 2), _numbers(a=a, b=b)
    other = draw.number(-spread, spread)
    parts = [mean + spread, mean - other, mean + other - spread]
    draw.rng.shuffle(parts)
    a, b, c = parts
    return draw.rng.choice(many_step.AVERAGE_OF_THREE), (((a, "+", b), "+", c), "/", 3), _numbers(a=a, b=b, c=c)


SKILLS: dict[str, Callable[[Draw], Drawn]] = {
    "one-step": _one_step,
    "two-step": _two_step,
    "three-step": _three_step,
    "nested": _nested,
    "comparison": lambda draw: _simple("-", one_step.COMPARISON, draw),
    "average": _average,
    "rate": lambda draw: _simple("*", one_step.RATE, draw),
}
