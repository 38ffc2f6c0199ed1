"""Who runs which tests where several processes share them: a file stays in one, and everything in a browser stays in one, the first."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

IN_A_BROWSER = ("tests/browser/", "tests/real/test_every_page.py")


class ByFile(LoadFileScheduling):
    """By file, since fixtures belong to files; two browsers with two servers at once would starve each other."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith(IN_A_BROWSER) else super()._split_scope(nodeid)
