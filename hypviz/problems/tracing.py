"""A text under rewriting that remembers where its signs came from, so that what is read in it can be shown in the original."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """`text`, and of each of its signs where what it was made of begins and ends in the original; None for an original."""

    text: str
    start: tuple[int, ...] | None = None
    end: tuple[int, ...] | None = None

    def spot(self, start: int, end: int) -> tuple[int, int]:
        """From where to where in the original the signs from `start` to `end` of the text come from; there must be one at least."""
        if self.start is None or self.end is None:
            return start, end
        return self.start[start], self.end[end - 1]

    def each(self, spelling: Callable[[str], str]) -> Traced:
        """With every sign written by `spelling`."""
        return self._put([(i, i + 1, spelling(sign)) for i, sign in enumerate(self.text)])

    def sub(self, pattern: re.Pattern[str], spelling: str | Callable[[re.Match[str]], str]) -> Traced:
        """As `pattern.sub`: a spelling may name groups."""
        found = list(pattern.finditer(self.text))
        if not found:
            return self
        parts: list[tuple[int, int, str]] = []
        last = 0
        for match in found:
            parts += [(i, i + 1, self.text[i]) for i in range(last, match.start())]
            parts.append((match.start(), match.end(), match.expand(spelling) if isinstance(spelling, str) else spelling(match)))
            last = match.end()
        return self._put(parts + [(i, i + 1, self.text[i]) for i in range(last, len(self.text))])

    def _put(self, parts: list[tuple[int, int, str]]) -> Traced:
        spots = [(*self.spot(start, end), written) for start, end, written in parts if end > start and written]
        return Traced(
            text="".join(written for _, _, written in spots),
            start=tuple(start for start, _, written in spots for _ in written),
            end=tuple(end for _, end, written in spots for _ in written),
        )
