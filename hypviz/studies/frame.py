"""The frame of every study: from a spec to its record, stored under the spec's identity, with what a stop left kept beside it.

In: a `Spec` and a `Work`. Out: a `Lookup`. The identity in the store is {spec, algorithm, versions of the libraries that decide the
result}; `Study.key` is also the key of the page's job and of Streamlit's caches. A record that is not whole answers only as a part,
from which the next call goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Generic, TypeVar

from hypviz.records import Provenance, Record
from hypviz.records.models import ModelRef
from hypviz.records.spec import Spec
from hypviz.store import Lookup, Store, canonical_key
from hypviz.studies.growing import IN_PART, load_or_grow
from hypviz.work import NOBODY, Work

S = TypeVar("S", bound=Spec)
R = TypeVar("R", bound=Record)


@cache
def _version(distribution: str) -> str:
    """What is installed, asked once: a process goes on with what it has imported."""
    return metadata.version(distribution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting(Generic[R]):
    """One computation of an answer: who watches, where things are kept, which versions decide, and the `part` an earlier stop left."""

    work: Work
    store: Store
    versions: dict[str, str]
    part: R | None
    _began: float = field(default_factory=time.monotonic)

    def provenance(self, ref: ModelRef, *, seed: int | None = None, spent: float = 0.0) -> Provenance:
        """Where the record comes from, with the seconds of this sitting and those `spent` before it."""
        seconds = spent + time.monotonic() - self._began
        return Provenance(model=ref.label, revision=ref.revision or ref.fingerprint, seed=seed, versions=self.versions, seconds=seconds)


def always_whole(record: Record) -> bool:
    """For records that no stop leaves in part."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf(Generic[S, R]):
    """One kind of question and where its answers are kept.

    `kind` is the store's folder, `algorithm` rises when the same spec gets another answer, `libraries(spec)` are the distributions whose
    version decides it.
    """

    kind: str
    record: type[R]
    algorithm: int
    libraries: Callable[[S], tuple[str, ...]] = lambda spec: ()

    def key(self, spec: S) -> str:
        """The content key (sha256 hex) of the question, for jobs and caches as for the store."""
        return canonical_key(self.kind, self.identity(spec))

    def identity(self, spec: S) -> dict[str, Any]:
        """What the store keeps the answer under."""
        return {"spec": spec.identity, "algorithm": self.algorithm, "versions": self._versions(spec)}

    def stored(self, spec: S, *, store: Store | None = None) -> R | None:
        """The whole answer, if the store has it."""
        return (store or Store()).get(self.kind, self.identity(spec), self.record)

    def keep(self, spec: S, record: R, *, store: Store | None = None) -> Lookup[R]:
        """Store an answer; what is there already stays, and is handed back."""
        return (store or Store()).load_or_compute(self.kind, self.identity(spec), self.record, lambda: record)

    def _versions(self, spec: S) -> dict[str, str]:
        return {name: _version(name) for name in self.libraries(spec)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Study(Shelf[S, R]):
    """One kind of question and how it is answered.

    `measure(spec, sitting)` answers; it raises `Stopped` where there is nothing to hand back, and hands back a record that is not
    `is_whole` where there is.
    """

    measure: Callable[[S, Sitting[R]], R]
    is_whole: Callable[[R], bool] = always_whole

    def get(self, spec: S, work: Work = NOBODY, *, store: Store | None = None) -> Lookup[R]:
        """The stored answer, or the computed one after storing it; raises `HypvizError`, and `Stopped`."""
        kept = store or Store()

        def grow(part: R | None) -> R:
            return self.measure(spec, Sitting(work=work, store=kept, versions=self._versions(spec), part=part))

        return load_or_grow(kept, self.kind, self.identity(spec), self.record, grow, is_whole=self.is_whole)

    def stored_part(self, spec: S, *, store: Store | None = None) -> R | None:
        """What an earlier stop left, if the store has it."""
        return (store or Store()).get(self.kind, self.identity(spec) | IN_PART, self.record)
