"""Work longer than a second: in a background thread, with progress, an estimate of the time left, and a Stop button.

A job is named by a content key, so a second click, a rerun, another page or another browser finds the running one instead of
starting it again. Results stay in memory (the last `KEPT`); what must last is written to the store by the work itself. Work may
hand out what it has found so far, which the page draws while it runs, and its result may be a part, which can be gone on from.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import streamlit as st

from hypviz.errors import HypvizError, Stopped
from hypviz.studies.machine import hand_back_memory, seconds_left, slowdown
from hypviz.ui.shell.partial import LOOK_S, Partial
from hypviz.ui.shell.text import duration, escape_markdown
from hypviz.work import Work

R = TypeVar("R")
KEPT = 24
AT_ONCE = 2
MARKS = 200
_LOG = logging.getLogger("hypviz")


class JobWork(Work):
    """The `Work` of a job: how far it is, what it handed out, and whether Stop was pressed."""

    def __init__(self) -> None:
        self.partial = Partial()
        self._stop = threading.Event()
        super().__init__(on_report=self._note, asked_to_stop=self._stop.is_set, on_found=self.partial.publish)
        self.done: float = 0
        self.total: float = 0
        self.text = ""
        self.marks: list[tuple[float, float]] = []  # when which share was reached, thinned

    def stop(self) -> None:
        """Ask the work to stop at its next look."""
        self._stop.set()

    def _note(self, done: float, total: float, text: str) -> None:
        self.done, self.total, self.text = done, total, text
        share = min(1.0, done / total) if total else 0.0
        if not self.marks or share > self.marks[-1][1]:
            self.marks = [*(self.marks[::2] if len(self.marks) >= MARKS else self.marks), (time.monotonic(), share)]


class Job:
    """One piece of work and what became of it; `state` is waiting, running, done, stopped or failed."""

    def __init__(self, label: str, estimate_s: float) -> None:
        self.label, self.estimate_s = label, estimate_s
        self.work = JobWork()
        self.state = "waiting"
        self.started = time.monotonic()
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def active(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("waiting", "running")

    def run(self, work: Callable[[Work], Any]) -> None:
        """Do the work and keep its result or its error."""
        self.state, self.started = "running", time.monotonic()
        self.estimate_s *= slowdown(0.05)
        try:
            self.result = work(self.work)
            self.state = "done"
        except Stopped as stopped:
            self.error, self.state = stopped, "stopped"
        except HypvizError as error:
            self.error, self.state = error, "failed"
        except Exception as error:  # kept for the page, which tells the person; the traceback goes to the log
            _LOG.exception("job %r failed", self.label)
            self.error, self.state = error, "failed"
        finally:
            hand_back_memory()  # blocks of many MB, which the next job would find taken

    def seconds_left(self) -> float | None:
        """From the estimate, scaled by how busy the machine is, until a second of the work itself tells more; None once it has run out."""
        marks = [(at - self.started, share) for at, share in self.work.marks if at >= self.started]
        return seconds_left(self.estimate_s, marks, time.monotonic() - self.started)

    def fraction(self) -> float:
        """Between 0 and 1: the progress made, else the share of the estimated time that has passed (at most .95)."""
        if self.work.total:
            return min(1.0, self.work.done / self.work.total)
        return min(0.95, (time.monotonic() - self.started) / max(self.estimate_s, 0.1))


class Jobs:
    """All jobs of the server by key."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="hypviz-job")

    def get(self, key: str) -> Job | None:
        """The job of that key, running or ended."""
        with self._guard:
            return self._jobs.get(key)

    def start(self, key: str, label: str, work: Callable[[Work], Any], estimate_s: float) -> Job:
        """Start the job unless it is under way; an ended one is started afresh."""
        with self._guard:
            job = self._jobs.get(key)
            if job is not None and job.active:
                return job
            job = self._jobs[key] = Job(label, estimate_s)
            self._jobs.move_to_end(key)
            for old in [k for k, j in self._jobs.items() if not j.active][: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[old]
            self._pool.submit(job.run, work)
            return job

    def forget(self, key: str) -> None:
        """Drop an ended job, so that its page is empty again."""
        with self._guard:
            if key in self._jobs and not self._jobs[key].active:
                del self._jobs[key]


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The one registry of this server."""
    return Jobs()


def run_job(
    key: str,
    label: str,
    work: Callable[[Work], R],
    *,
    estimate_s: float,
    auto: bool = False,
    button: str | None = None,
    needs: str = "",
    draw: Callable[[Any], None] | None = None,
    missing: Callable[[R], str] | None = None,
) -> R | None:
    """The result of `work` if it is there; otherwise the button, the progress or the reason, and None.

    `work` runs in a thread and must not call Streamlit. With `auto` it starts by itself the first time its key is seen, else behind the
    button, beside which stands how long it takes, about, and in a few words what else it `needs`. While it runs, `draw(record)` shows
    what it has handed out. `missing(result)` says what a stop left out, in a sentence, empty for a whole result; beside it stands a
    button that starts the work again, which then goes on from what it has kept.
    """
    job = jobs().get(key)

    def start() -> None:
        jobs().start(key, label, work, estimate_s)

    if job is not None and job.state == "failed":
        _again(key, job, start)
    if job is not None and job.state == "done":
        _rest(key, start, missing(job.result) if missing is not None else "", seconds=estimate_s * (1.0 - job.fraction()))
        return job.result
    stands_still = job is None or job.state == "stopped"
    if stands_still and not _begun(key, job, start, auto=auto, words=button or label, takes=takes(estimate_s, needs)):
        return None
    _watch(key)
    if draw is not None:
        _grow(key, draw)
    return None


def _again(key: str, job: Job, start: Callable[[], None]) -> NoReturn:
    """The button that tries once more, and the error that the page shows."""
    if st.button("Try again", key=f"again-{key}", icon=":material/refresh:"):
        start()
        st.rerun()
    assert job.error is not None
    raise job.error


def _rest(key: str, start: Callable[[], None], sentence: str, *, seconds: float) -> None:
    """What a stop left out, and the button that goes on."""
    if not sentence:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.info(escape_markdown(sentence), icon=":material/stop_circle:")
    pressed = row.button("Measure the rest", key=f"rest-{key}", type="primary")
    row.caption(takes(seconds))
    if pressed:
        start()
        st.rerun()


def _begun(key: str, job: Job | None, start: Callable[[], None], *, auto: bool, words: str, takes: str) -> bool:
    """Whether the work was started just now, by itself or by its button."""
    if job is not None:
        st.info(escape_markdown(str(job.error)), icon=":material/stop_circle:")
    if auto and job is None:
        start()
        return True
    row = st.container(horizontal=True, vertical_alignment="center")
    pressed = row.button(words, key=f"start-{key}", type="primary")
    row.caption(escape_markdown(takes))
    if not pressed:
        return False
    start()
    st.rerun()  # without the button


def time_left(job: Job) -> str:
    """``about 8 s left`` of a running job, or how long it has run where that is not known."""
    left = job.seconds_left()
    return f"about {duration(left)} left" if left is not None else f"{duration(time.monotonic() - job.started)} so far"


def takes(seconds: float, needs: str = "") -> str:
    """What stands beside a button: about how long its work takes, and what else it needs."""
    return "; ".join(filter(None, (f"about {duration(max(1.0, seconds))}", needs)))


@st.fragment(run_every=0.5)
def _watch(key: str) -> None:
    """The progress line of a running job; the whole page is drawn again when the job ends."""
    job = jobs().get(key)
    if job is None or not job.active:
        st.rerun()
    if job.state == "waiting":
        text = "waiting for another computation to end" if time.monotonic() - job.started > 1.0 else "starting"
    elif job.work.is_stopped:
        text = "stopping"
    else:
        text = time_left(job)
    bar, stop = st.columns([6, 1], vertical_alignment="center")
    detail = f" ({escape_markdown(job.work.text)})" if job.work.text else ""
    bar.progress(job.fraction(), text=f"{job.label}: {text}{detail}")
    if stop.button("Stop", key=f"stop-{key}", icon=":material/stop:", disabled=job.work.is_stopped):
        job.work.stop()


@st.fragment(run_every=LOOK_S)
def _grow(key: str, draw: Callable[[Any], None]) -> None:
    """What a running job has found so far; unchanged pictures are not sent again."""
    job = jobs().get(key)
    record = job.work.partial.to_draw() if job is not None else None
    if record is not None:
        draw(record)
