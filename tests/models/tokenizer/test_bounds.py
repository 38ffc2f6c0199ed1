"""One step of a chat template that would fill the memory is refused before it is taken; what templates really do goes through."""

from __future__ import annotations

import pytest

from hypviz.errors import HypvizError
from hypviz.models.tokenizer.rendering import render

ASKED = [[{"role": "user", "content": "hi"}]]


@pytest.mark.parametrize(
    "template",
    [
        '{{ "x".ljust(1000000000) }}',
        '{{ "x"|center(1000000000) }}',
        '{{ "x"|indent(width=1000000000) }}',
        '{{ "%1000000000d" % 1 }}',
        '{{ "%*d" % (1000000000, 1) }}',
        '{{ "%1000000000d"|format(1) }}',
        '{{ "{:>1000000000}".format(1) }}',
        '{{ "{:>{}}".format("x", "1000000000") }}',
        '{{ "a\\t".expandtabs(1000000000) }}',
        '{% set a = "a" * 1000000 %}{{ a.replace("a", a) }}',
        '{% set a = "a" * 1000000 %}{{ a|replace("a", a) }}',
        '{% set ns = namespace(x="aaaa") %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
        "{{ 10 ** 1000 }}",
        '{{ "a" * 10 ** 9 }}',
    ],
)
def test_a_step_that_would_fill_the_memory_is_a_sentence(template: str) -> None:
    with pytest.raises(HypvizError, match="writes more than 2,000,000 characters or goes on for ever"):
        render(template, ASKED, {}, opened=True, label="m")


def test_what_templates_do_goes_through() -> None:
    template = (
        '{% for m in messages %}{{ "<" + m["role"] + ">" + m.content|trim + ("%s %05d" % ("a", 3)) + "{} b".format(3) }}'
        '{{ "{}".format("1234567") }}{{ "%s"|format("1234567") }}'
        '{{ "x"|replace("x", "y") }}{{ ["a", "b"]|join(", ") }}{{ [1] + [2] }}{{ 7 % 4 }}{{ 2 ** 3 * 2 }}{{ 1 + 2 }}'
        '{{ {"k": 1}|tojson(indent=1) }}'
        "{% endfor %}"
    )
    assert render(template, ASKED, {}, opened=True, label="m") == ['<user>hia 000033 b12345671234567ya, b[1, 2]3163{\n "k": 1\n}']
