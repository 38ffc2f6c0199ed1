"""Background work: started once, watched, stopped, failed with its sentence, kept for the next rerun."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.errors import HypvizError, Stopped
from hypviz.ui.shell.jobs import Job, Jobs
from hypviz.work import Work


def wait_for(jobs: Jobs, key: str) -> None:
    for _ in range(500):
        job = jobs.get(key)
        if job is not None and not job.active:
            return
        time.sleep(0.01)
    pytest.fail("the job did not end")


def test_a_second_start_finds_the_running_job() -> None:
    jobs, release, calls = Jobs(), threading.Event(), []

    def count(work: Work) -> int:
        calls.append(1)
        release.wait(5)
        return 42

    first = jobs.start("k", "count", count, 1.0)
    assert jobs.start("k", "count", count, 1.0) is first
    release.set()
    wait_for(jobs, "k")
    assert (first.state, first.result, calls) == ("done", 42, [1])


def test_stop_reaches_the_work() -> None:
    jobs = Jobs()

    def count(work: Work) -> int:
        while not work.is_stopped:
            work.report(1, 4, "quarter")
            time.sleep(0.005)
        raise Stopped("Stopped at a quarter.")

    job = jobs.start("k", "count", count, 1.0)
    while not job.work.done:
        time.sleep(0.005)
    assert 0.2 < job.fraction() < 0.3 and job.seconds_left() is not None
    job.work.stop()
    wait_for(jobs, "k")
    assert job.state == "stopped" and str(job.error) == "Stopped at a quarter."


@pytest.mark.parametrize("error", [HypvizError("No."), ZeroDivisionError("zero")])
def test_errors_are_kept_for_the_page(error: Exception) -> None:
    jobs = Jobs()

    def count(work: Work) -> None:
        raise error

    job = jobs.start("k", "fail", count, 1.0)
    wait_for(jobs, "k")
    assert job.state == "failed" and job.error is error


def _script() -> None:
    import time

    import streamlit as st

    from hypviz.errors import HypvizError
    from hypviz.ui.shell.jobs import run_job
    from hypviz.ui.shell.page import page

    fail = bool(st.query_params.get("fail"))

    def chosen(work):
        work.report(1, 2)
        time.sleep(0.05)
        if fail:
            raise HypvizError("It failed; try a smaller number.")
        return 7

    with page("Title", "Lead."):
        result = run_job(f"job-{fail}", "Compute", chosen, estimate_s=3, needs="two numbers")
        if result is not None:
            st.metric("Result", result)


def _until_over(app: AppTest) -> AppTest:
    for _ in range(600):
        time.sleep(0.05)
        app.run()
        if app.metric or app.error:
            return app
    pytest.fail("the page never showed a result or an error")


def test_a_page_goes_from_button_to_result() -> None:
    app = AppTest.from_function(_script).run()
    assert not app.metric and app.button(key="start-job-False").label == "Compute"
    assert [caption.value for caption in app.caption] == ["about 3 s; two numbers"]  # seen without the mouse
    app.button(key="start-job-False").click().run()
    assert not app.exception
    _until_over(app)
    assert app.metric[0].value == "7" and not app.button and not app.caption


def test_a_page_shows_the_sentence_and_offers_another_try() -> None:
    app = AppTest.from_function(_script)
    app.query_params["fail"] = "1"
    app.run()
    app.button(key="start-job-True").click().run()
    _until_over(app)
    assert not app.exception and "It failed" in app.error[0].value
    assert app.button(key="again-job-True").label == "Try again"


def test_the_time_left_counts_down_between_reports_and_follows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("hypviz.ui.shell.jobs.time.monotonic", lambda: now[0])
    job = Job("work", estimate_s=500.0)  # ten times too much
    now[0] = 10.0
    assert job.seconds_left() == pytest.approx(490.0)
    job.work.report(200, 1000)  # a fifth in 10 s promises 40 s more
    assert job.seconds_left() == pytest.approx(40.0)
    now[0] = 20.0
    assert job.seconds_left() == pytest.approx(30.0)  # no report: ten seconds fewer, not more
    now[0] = 60.0
    assert job.seconds_left() is None
    job.work.report(900, 1000)
    assert job.seconds_left() == pytest.approx(0.1 * 50.0 / 0.7)  # seven tenths in 50 s since the first report


def test_the_first_guess_is_scaled_by_how_busy_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.ui.shell.jobs.slowdown", lambda _: 3.0)
    job = Job("work", estimate_s=10.0)
    left = []
    job.run(lambda progress: left.append(job.seconds_left()))
    assert job.state == "done" and left[0] == pytest.approx(30.0, abs=5.0)


def test_long_work_keeps_few_marks_and_the_same_pace() -> None:
    job = Job("work", estimate_s=1.0)
    for done in range(1, 5001):
        job.work.report(done, 5000)
    assert len(job.work.marks) <= 201 and job.work.marks[-1][1] == 1.0
