"""The tests' own `Work`: remembers every report and every record handed out, and asks to stop at a chosen moment."""

from __future__ import annotations

from hypviz.work import Work


class Watcher(Work):
    """`reports` and `found` in order; from the look number `stop_at` on (the first is 1) the work is asked to end."""

    def __init__(self, *, stop_at: int | None = None) -> None:
        self.reports: list[tuple[float, float, str]] = []
        self.found: list[object] = []
        self.looks = 0
        self._stop_at = stop_at
        super().__init__(
            on_report=lambda done, total, text: self.reports.append((done, total, text)),
            asked_to_stop=self._look,
            on_found=self.found.append,
        )

    @property
    def shares(self) -> list[float]:
        """How far it was at every report, 0 to 1."""
        return [done / total if total else 1.0 for done, total, _ in self.reports]

    def stop_now(self) -> None:
        """Ask to end at the next look."""
        self._stop_at = self.looks

    def _look(self) -> bool:
        self.looks += 1
        return self._stop_at is not None and self.looks >= self._stop_at
