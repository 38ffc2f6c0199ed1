"""Turning R on the Disk page: the picture is there at once, and what it keeps follows when it is measured."""

from __future__ import annotations

import threading

from tests.pages.running import open_page, run_until


def test_the_picture_is_drawn_before_it_is_measured(tiny_llama, private_cache, monkeypatch) -> None:
    from hypviz.ui.disk import jobs as disk_jobs

    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("bidi_component"))

    def heading() -> str:
        return next(m.value for m in app.markdown if m.value.startswith("#### ")).replace("\\", "")

    assert "the disk keeps" in heading()

    go, measured = threading.Event(), disk_jobs.at_radius

    def wait_and_measure(*args):
        go.wait(timeout=120)
        return measured(*args)

    monkeypatch.setattr(disk_jobs, "at_radius", wait_and_measure)
    monkeypatch.setattr(disk_jobs, "MEASURED_PAIR", 1.0)  # seconds: large enough to be a job of its own
    app.slider(key="R").set_value(6.5).run()
    assert "R = 6.5" in heading() and "is being measured" in heading() and len(app.get("bidi_component")) == 2
    assert not any("from before" in caption.value for caption in app.caption) and not app.exception
    go.set()
    run_until(app, lambda: "the disk keeps" in heading())
    assert len(app.get("bidi_component")) == 2 and not app.exception
