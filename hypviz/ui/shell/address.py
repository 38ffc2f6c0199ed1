"""Choices of a page in the browser's address, so that they outlive a reload, a link, Back, and a visit to another page.

A widget takes its key from `Kept.key`, which first puts into the session what the address says; after the widgets the page writes what
was chosen back with `keep`, or with `keep_spec` the plain fields of the spec that it made of them. Such a widget has neither `value`
nor `index`: its default is the one given here.

    kept = Kept("hyperbolicity")
    method = st.selectbox("Method", METHODS, key=kept.key("method", "exact", among=METHODS))
    n = st.number_input("Tokens", 4, 64, key=kept.key("n", 8, low=4, high=64))
    spec = DeltaSpec(model=ref, method=method, n=n)
    kept.keep_spec(spec)                      # or kept.keep(method=method, n=n)

What stands in a popover is made under ``with st.popover("More"), kept.folded():``.

A choice that is at its default leaves the address, unless its default hangs on what else there is (`explicit=True`). A text in the
address that no choice has is said on the page, and the default stands. Streamlit's own ``bind="query-params"`` drops such a text without
a word and takes the widget's key for the name in the address; it is simpler for what merely folds or sorts a view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from hypviz.records.spec import Spec, as_text, from_text
from hypviz.ui.shell.text import escape_markdown

V = TypeVar("V")
_VISIT, _MEMORY, _PENDING = "_address-visit", "_address-memory", "_address-pending"
_WRITTEN, _INSTEAD = "_address-written", "_address-instead"
STALE_SECONDS = 10.0  # for so long a click may still carry the address that a run has replaced
MOST_SEED = 2**31 - 1  # that a control takes
CARRIED = ("model", "run", "first", "second", "third")


class Kept:
    """The choices of one page; `prefix` stands before their names in the address where a page has several parts."""

    def __init__(self, page: str, *, prefix: str = "") -> None:
        self._page, self._prefix = page, prefix
        self._wanted: dict[str, _Wanted[Any]] = {}
        self._defaults: dict[str, str | None] = {}
        self._places: dict[str, set[str]] = {}
        self._is_folded = False

    @property
    def page(self) -> str:
        """The page whose choices these are."""
        return self._page

    def key(
        self,
        name: str,
        default: V,
        *,
        among: Sequence[V] | Mapping[str, V] | None = None,
        low: float | None = None,
        high: float | None = None,
        read: Callable[[str], V] | None = None,
        key: str | None = None,
        explicit: bool = False,
    ) -> str:
        """The widget's key (`key`, else ``page-name``), with the choice of the address, of the last visit, or the default behind it.

        The type is that of `default` (text, whole number, number, yes or no, tuple of one of these). A choice must be one of `among`
        (a mapping has the text for the address of each) or lie between `low` and `high`. `read` takes the place of both for the text of
        an address; its `ValueError` says "which is ...". Several widgets may share one name.
        """
        place, wanted = key or self.place(name), _Wanted(default=default, among=among, low=low, high=high, read=read)
        self._wanted[name], self._defaults[name] = wanted, None if explicit else wanted.text(default)
        self._places.setdefault(name, set()).add(place)
        said, visit = _said(self._prefix + name), self._visit()
        is_new = place not in visit
        changed = said is not None if is_new else said != visit[place]
        visit[place] = said
        if changed:
            st.session_state[place] = default if said is None else self._read(name, said, wanted)
        elif place not in st.session_state or not wanted.allows(st.session_state[place]):
            known = said or self._memory().get(name)
            st.session_state[place] = default if not known else wanted.value_or_default(known)
        elif self._is_folded:
            st.session_state[place] = st.session_state[place]
        return place

    @contextmanager
    def folded(self) -> Generator[None]:
        """While open, keys are for controls in a popover: every run says their choices.

        The browser makes such a control when the popover is opened, long after the run that put its default into the session; of a later
        run that does not say the choice it takes its first option, or no and nought, and sends that at the next click.
        """
        self._is_folded = True
        try:
            yield
        finally:
            self._is_folded = False

    def place(self, name: str) -> str:
        """The key in the session under which a choice of that name lies unless it has one of its own."""
        return f"{self._page}-{self._prefix}{name}"

    def keep(self, **choices: Any) -> None:
        """Write choices by name into the address and remember them for the way back."""
        self._write({name: self._text(name, value, as_text(value)) for name, value in choices.items()})

    def keep_spec(self, spec: Spec) -> None:
        """Write the plain fields of a spec, by their names; what is at the widget's default, else at the spec's, leaves the address."""
        told = spec.to_address()
        self._write({name: self._text(name, getattr(spec, name), told.get(name, "")) for name in type(spec).address_names()})

    def tabs(self, name: str, labels: Mapping[str, str]) -> Sequence[DeltaGenerator]:
        """Tabs of which the open one is kept: a container for each of `labels` (name in the address to text), at first the first."""
        place = self.key(name, next(iter(labels.values())), among=labels)
        found = st.tabs(list(labels.values()), key=place, on_change="rerun")
        self.keep(**{name: st.session_state[place]})
        return found

    def _read(self, name: str, text: str, wanted: _Wanted[V]) -> V:
        try:
            return wanted.value(text)
        except ValueError as error:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
            words = f"The address says {self._prefix}{name}={shown}, {error}; {wanted.text(wanted.default) or 'nothing'} is taken instead."
            st.warning(escape_markdown(words), icon=":material/link_off:")
            return wanted.default

    def _text(self, name: str, value: Any, unasked: str) -> str:
        """The text of a choice; `unasked` where no widget has it."""
        return self._wanted[name].text(value) if name in self._wanted else unasked

    def _write(self, texts: Mapping[str, str]) -> None:
        visit, memory = self._visit(), self._memory()
        changes: dict[str, str | None] = {}
        for name, text in texts.items():
            is_default = not text or text == self._defaults.get(name)
            said = _said(self._prefix + name)
            memory[name] = "" if is_default else text
            visit |= dict.fromkeys(self._places.get(name, ()), None if is_default else text)
            wanted = None if is_default else text
            if said != wanted:
                changes[self._prefix + name] = wanted
        pending: dict[str, str | None] | None = st.session_state.get(_PENDING)
        if pending is None:
            _step(changes)
        else:
            pending |= changes

    def _visit(self) -> dict[str, str | None]:
        """What the address said when it was last read or written, by the widget's key, in this visit to the page."""
        return st.session_state.setdefault(_VISIT, {}).setdefault((self._page, self._prefix), {})

    def _memory(self) -> dict[str, str]:
        """What was chosen last, by name, in this or an earlier visit; empty text for a default."""
        return st.session_state.setdefault(_MEMORY, {}).setdefault((self._page, self._prefix), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted(Generic[V]):
    """Which values a choice may have, and the text of each in the address."""

    default: V
    among: Sequence[V] | Mapping[str, V] | None
    low: float | None
    high: float | None
    read: Callable[[str], V] | None

    def allows(self, value: Any) -> bool:
        """Whether a widget's value is one that it may have."""
        if self.among is not None:
            return value in self._named().values()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return True

    def text(self, value: Any) -> str:
        """The value as it stands in the address."""
        return next((text for text, option in self._named().items() if option == value), as_text(value))

    def value(self, text: str) -> V:
        """The value that a text in the address stands for; `ValueError` says what it is not."""
        if self.read is not None:
            return self.read(text)
        if self.among is not None:
            if text not in self._named():
                raise ValueError("which is no choice here")
            return self._named()[text]
        try:
            value = from_text(text, _kind_of(self.default))
        except ValueError as error:
            raise ValueError(f"which is no {_NOUNS.get(type(self.default), 'choice')}") from error
        if not self.allows(value):
            raise ValueError(f"which is not between {as_text(self.low)} and {as_text(self.high)}")
        return value

    def value_or_default(self, text: str) -> V:
        """As `value`, for what was chosen under other circumstances, where the default needs no word."""
        try:
            return self.value(text)
        except ValueError:
            return self.default

    def _named(self) -> Mapping[str, V]:
        if isinstance(self.among, Mapping):
            return self.among
        return {as_text(option): option for option in self.among or ()}


_SHOWN = 80  # characters of an address that cannot be read
_NOUNS: dict[type, str] = {int: "whole number", float: "number", bool: "yes or no"}


def _kind_of(default: object) -> Any:
    """The type of a choice, by its default."""
    if isinstance(default, tuple):
        items = cast("tuple[object, ...]", default)
        return tuple[type(items[0]) if items else str, ...]
    return str if default is None else type(default)


@contextmanager
def in_one_step() -> Generator[None]:
    """While open, choices are collected; on leaving they go into the address together, as one step for the browser's Back."""
    st.session_state[_PENDING] = {}
    st.session_state[_INSTEAD] = _instead_of_stale()
    try:
        yield
    finally:
        changes = st.session_state.pop(_PENDING, {})
        _step(changes)


def _step(changes: Mapping[str, str | None]) -> None:
    """Write the changes (None: take it out) into the address at once."""
    if changes:
        before = _address()
        kept = {name: text for name, text in before.items() if name not in changes}
        after = kept | {name: text for name, text in changes.items() if text is not None}
        st.query_params.from_dict(after)
        written: list[_Step] = st.session_state.get(_WRITTEN, [])
        st.session_state[_WRITTEN] = [*written[-7:], _Step(at=time.monotonic(), before=before, after=after)]
        st.session_state[_INSTEAD] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One change of the address: when it was written, and the whole address before and after."""

    at: float
    before: dict[str, str]
    after: dict[str, str]


def _instead_of_stale() -> dict[str, str] | None:
    """The address to go by in this run where the browser still names one that was replaced a moment ago; else None.

    A click that was made before the browser had the new address comes with the old one, as Back does.
    """
    if _went_back():
        st.session_state[_WRITTEN] = []
        return None
    written: list[_Step] = st.session_state.get(_WRITTEN, [])
    said = st.query_params.to_dict()
    if not written or said == written[-1].after:
        return None
    fresh = [step for step in written if time.monotonic() - step.at < STALE_SECONDS]
    return written[-1].after if any(said == step.before for step in fresh) else None


def _went_back() -> bool:
    """Whether this run is the browser's Back or Forward."""
    run = get_script_run_ctx(suppress_warning=True)
    return run is not None and run.is_history_navigation


def _address() -> dict[str, str]:
    """The whole address that this run goes by."""
    instead: dict[str, str] | None = st.session_state.get(_INSTEAD)
    return st.query_params.to_dict() if instead is None else instead


def _said(name: str) -> str | None:
    """What the address says, or is about to say."""
    pending: dict[str, str | None] = st.session_state.get(_PENDING) or {}
    return pending[name] if name in pending else _address().get(name)


def arrive() -> None:
    """Note that the person has come from another page: what is not in the address is then what was chosen here last."""
    st.session_state[_VISIT] = {}
    st.session_state[_WRITTEN] = []


def carried() -> dict[str, str]:
    """The model and the adapters of the address, for a link to another page."""
    found = {name: _said(name) for name in CARRIED}
    return {name: text for name, text in found.items() if text is not None}
