"""Bytes from the middle of a file on the hub: exactly those asked for, over connections that break, and all of one version of the file.

The hub answers with the file or sends on to where it lies; waiting and asking again where it is busy is the hub client's own
(`http_stream_backoff`). A connection that breaks goes on at the byte where it broke. A file whose ETag or length changes between two
answers is another file, of which nothing may be mixed with the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.source.hub_errors import hub_name, hub_sentences
from hypviz.work import NOBODY, Work

BREAKS = 5  # connections in a row that bring nothing
_TIMEOUT = 30.0  # seconds without a byte
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(kw_only=True)
class RemoteFile:
    """A file of `size` bytes at one commit of a repository; `etag` is that of the first answer, which all others must share."""

    repo: str
    commit: str
    name: str
    size: int
    etag: str | None = None

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`; raises `ModelError`."""
        parts: list[bytes] = []
        self.copy(start, stop, parts.append, NOBODY)
        return b"".join(parts)

    def copy(self, start: int, stop: int, write: Callable[[bytes], object], work: Work) -> None:
        """Hand these bytes to `write` in order, a part at a time, and their number to `work`; raises `ModelError` and `Stopped`."""
        if not 0 <= start <= stop <= self.size:
            raise ValueError(f"{self.name} has {self.size} bytes, and {start} to {stop} were asked for")
        done, breaks = start, 0
        while done < stop:
            before = done
            for part in self._answer(done, stop):
                write(part)
                done += len(part)
                work.check()
                work.report(done - start, stop - start, f"downloading {self.repo}")
            breaks = breaks + 1 if done == before else 0
            if breaks > BREAKS:
                raise ModelError(
                    f"The connection to the hub breaks again and again for {self.name} of {self.repo}; check the network and try again."
                )

    def _answer(self, start: int, stop: int) -> Any:
        """Parts of one answer, which ends where the connection does."""
        from huggingface_hub import errors, hf_hub_url, utils

        client: Any = utils
        url = hf_hub_url(self.repo, self.name, revision=self.commit)
        headers = {**client.build_hf_headers(), "Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        with hub_sentences(self.repo, self.commit), client.http_stream_backoff("GET", url, headers=headers, timeout=_TIMEOUT) as answer:
            client.hf_raise_for_status(answer)
            self._check(answer.status_code, answer.headers, start, stop)
            left = stop - start
            try:
                for part in answer.iter_raw():
                    if len(part) > left:
                        raise ModelError(f"{hub_name()} sends more of {self.name} of {self.repo} than was asked for; try again later.")
                    left -= len(part)
                    yield part
            except errors.HTTPError:  # pyright: ignore[reportPrivateImportUsage]  # of the client's own HTTP library, by no other name
                return

    def _check(self, status: int, headers: Any, start: int, stop: int) -> None:
        """Refuse an answer that is not these bytes of this file."""
        found = _RANGE.fullmatch(str(headers.get("Content-Range", "")))
        if status != 206 or found is None:
            raise ModelError(
                f"{hub_name()} does not hand out parts of {self.name} of {self.repo} (HTTP {status}); load the whole model, or use another "
                "mirror."
            )
        first, last, size = (int(number) for number in found.groups())
        etag = headers.get("ETag")
        changed = size != self.size or (self.etag is not None and etag is not None and etag != self.etag)
        if changed:
            raise ModelError(f"{self.name} of {self.repo} changed while it was read; load it again.")
        if (first, last) != (start, stop - 1):
            raise ModelError(f"{hub_name()} sends other bytes of {self.name} of {self.repo} than were asked for; try again later.")
        self.etag = self.etag or etag
