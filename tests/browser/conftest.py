"""A running app and a headless Chromium; both only when the browser tests run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.showing import WATCHED, Watched

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; skips with the reason, or fails where a browser is required."""
    if CHROMIUM is None:
        reason = "no Chromium on this machine; install the package chromium"
        if os.environ.get("HYPVIZ_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a freshly started app with an empty cache and no network."""
    with running_app(tmp_path_factory.mktemp("app")) as (url, _):
        yield url


@contextmanager
def running_app(folder: Path, **variables: str) -> Generator[tuple[str, int]]:
    """(address, process id) of a freshly started app that keeps its cache and its log in `folder`, with these variables and no network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS_")}  # timed as users see it
    environment |= {"HYPVIZ_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1", **variables}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    with open(folder / "log.txt", "wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            pytest.fail(f"the app ended with code {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    pytest.fail("the app did not answer within a minute")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page of 1280 x 900 without cookies, storage or history; it fails with what it showed where its test or a script fails."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    request.node.stash[WATCHED] = watched = Watched(page)
    yield page
    context.close()
    assert not watched.errors, watched.errors
