"""What is said after a stop: of problems, of samples, and of both in the report and the shell's JSON."""

from __future__ import annotations

import dataclasses

from hypviz.cli.evaluate_report import payload
from hypviz.exchange.report import report_html
from hypviz.words.stopping import on_the_stop
from tests.scoring.records import answers, sampled


def test_a_stop_is_said_of_samples_and_of_problems() -> None:
    two = sampled([{"base": answers([7.0, 8.0])}] * 2, [7.0, 8.0])
    assert on_the_stop(dataclasses.replace(two, samples_asked=2)) is None
    stopped = dataclasses.replace(two, samples_asked=3)
    said = on_the_stop(stopped) or ""
    assert stopped.stopped_early and said.startswith("Stopped after 2 of 3 samples")
    assert f"<th>Stopped</th><td>{said}." in report_html(stopped, version="1")
    told = payload("m", stopped)
    assert (told["samples"], told["samples_asked"], told["stopped"]) == (2, 3, said)
    one = sampled([{"base": answers([7.0, 8.0])}], [7.0, 8.0])
    first = dataclasses.replace(one, n_asked=5, samples_asked=3)
    assert on_the_stop(first) == "Stopped in sample 1 of 3: these are 2 of 5 problems, which are kept"
    assert (on_the_stop(dataclasses.replace(one, n_asked=5)) or "").startswith("Stopped early: these are 2 of 5 problems")
