"""What the commands share: the --json switch, printing a result, and progress on stderr."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from click.core import ParameterSource

from hypviz.errors import HypvizError
from hypviz.sharing import speaks
from hypviz.studies.machine import seconds_left
from hypviz.words.durations import duration
from hypviz.work import Work

if TYPE_CHECKING:
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import ProblemSet
    from hypviz.studies.counts import CountSource

PLAIN_S = 30.0  # a log wants a line now and then, and a short command none
F = TypeVar("F", bound=Callable[..., Any])


def model_argument(function: F) -> F:
    """MODEL: ``bundled``, a folder, a GGUF file or a hub id."""
    return click.argument("model", metavar="MODEL")(function)


def json_option(function: F) -> F:
    """``--json``, handed to the command as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout, and nothing else there.")(function)


def trust_option(function: F) -> F:
    """``--trust-remote-code``, off unless given."""
    return click.option("--trust-remote-code", is_flag=True, help="Run code that comes with the model. Only for sources you trust.")(
        function
    )


def emit(as_json: bool, payload: dict[str, Any], text: str) -> None:
    """Print the result: one JSON object, or `text` for people."""
    click.echo(json.dumps(payload, ensure_ascii=False, allow_nan=False) if as_json else text)


class StderrProgress(Work):
    """A progress line on stderr with the time left; where stderr is no terminal, a line of its own every `PLAIN_S` seconds.

    Never asks to stop by itself.
    With ``timed`` false the time left is part of the text that the work reports. Shares of 1 are shown as percent.
    """

    def __init__(self, label: str, *, timed: bool = True, asked_to_stop: Callable[[], bool] | None = None) -> None:
        super().__init__(on_report=self._show, asked_to_stop=asked_to_stop)
        self._label, self._started, self._timed = label, time.monotonic(), timed
        self._shown = 0.0 if sys.stderr.isatty() else self._started
        self._marks: list[tuple[float, float]] = []

    def _show(self, done: float, total: float, text: str) -> None:
        """Show ``label done/total, time left`` with whole units done, at most five times a second."""
        now = time.monotonic()
        if self._timed and total and done and (not self._marks or done / total > self._marks[-1][1]):
            self._marks.append((now - self._started, done / total))
        plain = not sys.stderr.isatty()
        if not speaks() or now - self._shown < (PLAIN_S if plain else 0.2 * (done < total)):
            return
        self._shown = now
        left = seconds_left(0.0, self._marks, now - self._started)
        tail = f", about {duration(left)} left" if left is not None else ""
        far = f"{100.0 * done:.0f} %" if total == 1.0 else f"{int(done):,}/{int(total):,}"
        line = f"{self._label} {far}{tail} {text}".rstrip()
        click.echo(line if plain else f"\r\x1b[K{line}", err=True, nl=plain or done >= total)


@contextmanager
def stoppable() -> Generator[Callable[[], bool]]:
    """Whether a command that hands back what there is was asked to stop: true after the first Ctrl-C; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = threading.Event()

    def ask(signum: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        click.echo("\nStopping; what there is follows (Ctrl-C once more to end at once).", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def watching(label: str) -> Generator[Work]:
    """The `Work` of a command that hands back what there is: a progress line on stderr, asked to stop by the first Ctrl-C."""
    with stoppable() as asked_to_stop:
        yield StderrProgress(label, asked_to_stop=asked_to_stop)


def end_in_part() -> None:
    """End a command whose result is a part: said on stderr, exit code 2."""
    note("this is a part, because the measurement was stopped; the same command goes on from there.")
    click.get_current_context().exit(2)


def is_given(name: str) -> bool:
    """Whether the parameter of this name was typed, whatever its value."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def refuse(option: str, why: str, instead: str) -> NoReturn:
    """Raise `HypvizError` for an option that was given and cannot have an effect."""
    raise HypvizError(f"{option} has no meaning {why}; {instead}.")


def note_fewer(asked: int | None, found: int, what: str) -> None:
    """Said where more were asked for than there are, so that all of them are taken."""
    if asked is not None and found < asked:
        note(f"{asked:,} {what} were asked for and there are {found:,}; all of them are taken.")


def note(sentence: str | None) -> None:
    """A remark for the person on stderr, or nothing; of several processes of a group the first one speaks."""
    if sentence and speaks():
        click.echo(f"Note: {sentence}", err=True)


def note_model(ref: ModelRef, *, template: str | None = None) -> list[str]:
    """What is to be known before believing the model, on stderr; returns the sentences.

    `template` is the one by which it was asked, None where it was not: then the whole model is read once to measure whether its tokenizer
    belongs to it, unless that was measured before or the model is large.
    """
    from hypviz.studies.model_notices import model_notices, sentences, stored_notices
    from hypviz.studies.models import template_notice

    without_chat = None if template is None else template_notice(ref, template=template)
    found = stored_notices(ref) if template is not None else model_notices(ref)
    said = [text for text in (without_chat, *sentences(ref, found)) if text]
    for sentence in said:
        note(sentence)
    return said


def note_reading(found: CountSource | ProblemSet | None) -> None:
    """What was done to read a file, and how many of its rows were left out with the reasons of the first ones."""
    from hypviz.records.texts import Corpus, ProblemSet

    if not isinstance(found, (Corpus, ProblemSet)):
        return  # nothing that was read from a file of the person's
    for notice in found.notices:
        note(f"{found.name}: {notice}")
    if found.n_skipped:
        rows = "1 row was" if found.n_skipped == 1 else f"{found.n_skipped:,} rows were"
        first = "" if found.n_skipped <= len(found.skipped) else f", the first {len(found.skipped)}"
        note(f"{found.name}: {rows} left out{first}: {'; '.join(found.skipped)}.")
