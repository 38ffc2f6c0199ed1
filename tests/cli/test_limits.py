"""Every number of every command has two ends, and what lies beyond them is refused in one sentence before anything is read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hypviz.cli import COMMANDS, HIDDEN, main
from hypviz.cli.disk_chosen import TokenIds
from hypviz.cli.numbers import Number
from hypviz.cli.registry_option import EntryName
from hypviz.errors import HypvizError
from hypviz.records import limits
from hypviz.records.answers import Decoding
from hypviz.records.limits import Limit, shown
from hypviz.studies.problem_sets import read_problems

FREE = (TokenIds, click.types.StringParamType, click.types.BoolParamType, click.Choice, click.Path)


def options() -> list[tuple[str, click.Parameter]]:
    """Every option and argument of every command, the hidden ones too."""
    context = click.Context(main)
    found = []
    for name in (*COMMANDS, *HIDDEN):
        command = main.get_command(context, name)
        assert command is not None
        found += [(name, parameter) for parameter in command.params]
    return found


def numbers() -> list[tuple[str, str, Limit]]:
    return [(name, p.opts[0], p.type.limit) for name, p in options() if isinstance(p.type, Number)]


def test_no_option_is_a_number_without_both_ends() -> None:
    known = (Number, EntryName, *FREE)
    loose = [f"{name} {parameter.opts[0]}" for name, parameter in options() if not isinstance(parameter.type, known)]
    assert loose == [] and len(numbers()) > 25
    for _, _, limit in numbers():
        assert limit.least < limit.most < float("inf")


@pytest.mark.parametrize(("command", "option", "limit"), numbers(), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("value", [10**23, -(10**23), "nan", "1e400", "9" * 5000], ids=["huge", "below", "nan", "inf", "digits"])
def test_a_number_beyond_its_ends_is_one_sentence_that_names_it(command: str, option: str, limit: Limit, value: object) -> None:
    if limit.holds(value):
        return  # a curvature may be as large as that
    done = CliRunner().invoke(main, [command, option, str(value)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"hypviz: Invalid value for '{option}': {limit.name} must be ") and len(done.stderr.splitlines()) == 1
    assert shown(limit.most) in done.stderr and limit.why in done.stderr and len(done.stderr) < 400


def test_both_ends_belong_to_it_and_a_fraction_is_no_whole_number() -> None:
    few = Limit(name="n", least=2, most=9, why="it is so")
    assert [few.holds(value) for value in (1, 2, 9, 10, 2.0, True, "3", None)] == [False, True, True, *[False] * 5]
    open_ended = dataclasses.replace(few, whole=False, above=True)
    assert [open_ended.holds(value) for value in (2, 2.5, 9.0, float("nan"), float("inf"))] == [False, True, True, False, False]
    with pytest.raises(HypvizError, match=r"^n must be a whole number from 2 to 9 \(it is so\), but it is 10; change it\.$"):
        few.check(10)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1_000_000, "1,000,000"),
        (2**63 - 1, "9,223,372,036,854,775,807"),
        (10**400, "2^1328 or more"),
        (1e30, "1e+30"),
        (1.0000001, "1.0000001"),
        (-5e-9, "-5e-09"),
        (-(10**40), "-2^132 or more"),
        ("x" * 99, "x" * 30),
    ],
)
def test_a_number_is_shown_short(value: object, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    "given",
    [{"max_new_tokens": 10**23}, {"max_new_tokens": 0}, {"max_new_tokens": 5, "seed": 2**64}, {"max_new_tokens": 5, "temperature": 11.0}],
)
def test_a_decoding_has_the_same_ends(given: dict) -> None:
    with pytest.raises(HypvizError, match="must be"):
        Decoding(**given)


def test_a_number_just_beyond_an_end_is_not_said_to_be_that_end() -> None:
    done = CliRunner().invoke(main, ["disk", "any", "--pull", "1.0000001"])
    assert done.exit_code == 2 and "but it is 1.0000001" in done.stderr


def test_the_help_says_the_ends() -> None:
    help_text = CliRunner().invoke(main, ["finetune", "--help"]).stdout
    for words in ("[1..65536]", "[0..9223372036854775807]", "[>0..1e+30]"):
        assert words in help_text


@pytest.mark.parametrize("limit", [value for value in vars(limits).values() if isinstance(value, Limit)], ids=lambda limit: limit.name)
def test_every_limit_says_why(limit: Limit) -> None:
    assert limit.why and limit.why[0].islower() | limit.why[0].isdigit() and not limit.why.endswith(".")


@pytest.mark.parametrize("n", [0, -5, 10**23])
def test_problems_are_read_within_the_ends(n: int, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("question,answer\nHow many?,4\n", encoding="utf-8")
    for name in (str(file), "two-step"):
        with pytest.raises(HypvizError, match="n must be a whole number from 1 to 100,000,000"):
            read_problems(name, limit=n)
