"""Results while a job runs: drawn as they come but not too often, kept after a stop, and gone on from."""

from __future__ import annotations

import threading
import time

from streamlit.testing.v1 import AppTest

from hypviz.ui.shell.jobs import Jobs
from hypviz.ui.shell.partial import LONGEST_S, SHORTEST_S, Partial
from hypviz.work import Work


def test_a_picture_stays_a_while_and_the_newest_record_follows():
    partial = Partial()
    now = time.monotonic()
    assert partial.to_draw(now) is None
    partial.publish("one")
    assert partial.to_draw(now) == "one"  # the first at once
    partial.publish("two")
    partial.publish("three")
    assert partial.to_draw(now + 0.9 * SHORTEST_S) == "one"
    assert partial.to_draw(now + 1.1 * SHORTEST_S) == "three"


def test_the_longer_a_job_runs_the_longer_a_picture_stays():
    partial = Partial()
    now = time.monotonic()
    for after, stays in ((100.0, 10.0), (10_000.0, LONGEST_S)):
        partial.publish(f"first {after}")
        assert partial.to_draw(now + after) == f"first {after}"
        partial.publish(f"second {after}")
        assert partial.to_draw(now + after + 0.9 * stays) == f"first {after}"
        assert partial.to_draw(now + after + 1.1 * stays + 1.0) == f"second {after}"


def test_what_a_job_publishes_is_there_while_it_runs():
    jobs, release = Jobs(), threading.Event()

    def count(work: Work) -> tuple[int, ...]:
        work.hand_out((1,))
        release.wait(10)
        return (1, 2)

    job = jobs.start("k", "count", count, 1.0)
    while job.work.partial.to_draw() is None:
        time.sleep(0.005)
    assert job.active and job.work.partial.to_draw() == (1,)
    release.set()


def _page() -> None:
    import threading

    import streamlit as st

    from hypviz.ui.shell.jobs import run_job

    if not hasattr(st, "hypviz_test_gate"):
        st.hypviz_test_gate, st.hypviz_test_kept = threading.Semaphore(0), []
    gate, kept = st.hypviz_test_gate, st.hypviz_test_kept

    def count(work):
        for number in range(len(kept), 4):
            while not gate.acquire(timeout=0.02):
                if work.is_stopped:
                    return tuple(kept)
            kept.append(number)
            work.hand_out(tuple(kept))
        return tuple(kept)

    found = run_job(
        "numbers",
        "Counting",
        count,
        estimate_s=2.0,
        draw=lambda record: st.markdown(f"so far {record}"),
        missing=lambda record: "" if len(record) == 4 else f"{len(record)} of 4 are there.",
    )
    if found is not None:
        st.markdown(f"result {found}")


def _texts(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.info) for element in kind).replace("\\", "")


def test_a_page_draws_the_part_stops_with_it_and_measures_the_rest():
    import streamlit as st

    app = AppTest.from_function(_page, default_timeout=30).run()
    gate = st.hypviz_test_gate

    def until(words: str) -> None:
        for _ in range(400):
            if words in _texts(app):
                return
            time.sleep(0.02)
            app.run()
        raise AssertionError(f"{words!r} never came: {_texts(app)}")

    try:
        next(b for b in app.button if b.label == "Counting").click().run()
        gate.release(2)
        until("so far (0, 1)")
        assert "result" not in _texts(app)
        next(b for b in app.button if b.label == "Stop").click().run()
        until("result (0, 1)")
        assert "2 of 4 are there." in _texts(app)
        gate.release(2)
        next(b for b in app.button if b.label == "Measure the rest").click().run()
        until("result (0, 1, 2, 3)")
        assert "are there" not in _texts(app) and not [b for b in app.button if b.label == "Measure the rest"]
    finally:
        del st.hypviz_test_gate, st.hypviz_test_kept
