"""The store: what is written comes back, damage is said and repaired, keys tell specs apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.records import Provenance, Record
from hypviz.store import Store, canonical_key


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Record):
    values: np.ndarray
    names: tuple[str, ...]
    nested: Provenance
    table: dict[str, float]
    missing: int | None = None


def sample() -> Sample:
    return Sample(
        values=np.arange(6, dtype=np.float32).reshape(2, 3),
        names=("a", "é <b>"),
        nested=Provenance(model="m", revision="0123456789abcdef", seed=3, versions={"torch": "2"}, seconds=1.25),
        table={"x": 0.5},
    )


def equal(a: Sample, b: Sample) -> bool:
    same = all(getattr(a, n) == getattr(b, n) for n in ("names", "nested", "table", "missing"))
    return same and a.values.dtype == b.values.dtype and np.array_equal(a.values, b.values)


def test_json_and_the_store_are_inverse() -> None:
    assert equal(Sample.from_json(sample().to_json()), sample())
    stored = sample().to_store()
    assert list(stored.arrays) == ["values"]
    assert equal(Sample.from_store(stored), sample())


def test_arrays_are_read_only_and_the_given_one_stays_writable() -> None:
    given = np.zeros(3)
    record = Sample(values=given, names=(), nested=Provenance(model="m"), table={})
    with pytest.raises(ValueError, match="read-only"):
        record.values[0] = 1
    given[0] = 1
    assert record.values[0] == 0


def test_records_refuse_numbers_that_json_cannot_hold() -> None:
    with pytest.raises(ValueError, match="nan"):
        Sample(values=np.zeros(1), names=(), nested=Provenance(model="m"), table={"x": float("nan")}).to_json()


def test_another_schema_is_refused() -> None:
    text = sample().to_json().replace('"record": "Sample", "schema": 1', '"record": "Sample", "schema": 9')
    with pytest.raises(HypvizError, match="schema 9"):
        Sample.from_json(text)
    with pytest.raises(HypvizError, match="the record Sample, not the record Provenance"):
        Provenance.from_json(sample().to_json())


def test_provenance_line_names_what_is_known() -> None:
    assert sample().nested.line == "m@0123456789ab · seed 3 · torch 2 · 1.2 s"
    assert Provenance(model="m").line == "m"


def test_computes_once_and_then_reads(tmp_path: Path) -> None:
    store, calls = Store(tmp_path), []

    def compute() -> Sample:
        calls.append(1)
        return sample()

    first = store.load_or_compute("sample", {"seed": 1}, Sample, compute)
    second = store.load_or_compute("sample", {"seed": 1}, Sample, compute)
    assert (first.from_store, second.from_store, len(calls)) == (False, True, 1)
    assert equal(first.record, second.record) and first.key == second.key
    assert store.get("sample", {"seed": 2}, Sample) is None
    assert not [p for p in tmp_path.rglob("*") if "partial" in p.name]


@pytest.mark.parametrize("name", ["meta.json", "data.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "gone", "garbage"])
def test_damage_is_set_aside_said_and_recomputed(tmp_path: Path, name: str, damage: str) -> None:
    store = Store(tmp_path)
    key = store.load_or_compute("sample", {}, Sample, sample).key
    path = tmp_path / "sample" / key[:2] / key / name
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if damage == "cut" else b"\xff" * len(data))
    again = store.load_or_compute("sample", {}, Sample, sample)
    assert not again.from_store and again.notice is not None and "set aside" in again.notice
    assert len(list(path.parent.parent.glob(f"{key}.damaged-*"))) == 1
    assert store.load_or_compute("sample", {}, Sample, sample).from_store


def test_a_failed_computation_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> Sample:
        raise HypvizError("no")

    with pytest.raises(HypvizError):
        Store(tmp_path).load_or_compute("sample", {}, Sample, fail)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_costs_the_entry_not_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hypviz.store.entries._write_synced", full)
    lookup = Store(tmp_path).load_or_compute("sample", {}, Sample, sample)
    assert equal(lookup.record, sample())
    assert lookup.notice is not None and "No space left" in lookup.notice
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_keys_depend_on_kind_and_content_not_on_order() -> None:
    assert canonical_key("a", {"x": 1, "y": 2}) == canonical_key("a", {"y": 2, "x": 1})
    assert len({canonical_key("a", {"x": 1}), canonical_key("b", {"x": 1}), canonical_key("a", {"x": 2}), canonical_key("a", {})}) == 4


def test_clearing_a_kind_leaves_the_others_and_refuses_runs(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.load_or_compute("one", {}, Sample, sample)
    store.load_or_compute("two", {}, Sample, sample)
    (tmp_path / "runs" / "r").mkdir(parents=True)
    (tmp_path / "runs" / "r" / "spec.json").write_text("{}")
    store.clear("one")
    assert set(store.sizes()) == {"two", "runs"} and store.sizes()["runs"] == 2
    with pytest.raises(HypvizError, match="not cache"):
        store.clear("runs")
    assert (tmp_path / "runs" / "r" / "spec.json").exists()


def test_what_ships_is_found_and_never_touched(tmp_path, monkeypatch):
    shipped = tmp_path / "shipped"
    monkeypatch.setattr("hypviz.store.entries.shipped_root", lambda: shipped)
    first = Provenance(model="shipped")
    Store(shipped).load_or_compute("kind", {"a": 1}, Provenance, lambda: first)
    here = Store(tmp_path / "here")
    found = here.load_or_compute("kind", {"a": 1}, Provenance, lambda: Provenance(model="computed"))
    assert found.record == first and found.from_store and not (tmp_path / "here" / "kind").exists()
    (meta,) = shipped.rglob("meta.json")
    meta.write_text("{")
    again = here.load_or_compute("kind", {"a": 1}, Provenance, lambda: Provenance(model="computed"))
    assert again.record.model == "computed" and "ships with hypviz is damaged" in again.notice and meta.read_text() == "{"


def test_a_cache_that_is_no_folder_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("HYPVIZ_CACHE", str(place))
        with pytest.raises(HypvizError, match=r"HYPVIZ_CACHE names .* set HYPVIZ_CACHE to a folder\.$"):
            Store()


def test_damage_that_cannot_be_set_aside_costs_the_entry_and_not_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.load_or_compute("samples", {"a": 1}, Sample, sample)
    next(tmp_path.rglob("meta.json")).write_text("{")

    def refuse(*paths: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("hypviz.store.entries.os.replace", refuse)
    found = store.load_or_compute("samples", {"a": 1}, Sample, sample)
    assert equal(found.record, sample()) and found.notice is not None and "could not be set aside" in found.notice
    store.discard("samples", {"a": 1})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "meta.json holds no record"),
        ("{}", "meta.json holds no record"),
        ('{"record": {"record": "Other", "schema": 1}}', "it is the record Other, not the record Provenance"),
        ('{"record": {"record": "Provenance", "schema": 1}}', "Provenance lacks model"),
        ('{"record": {"record": "Provenance", "schema": 1, "model": 3}}', "Provenance.model is 3, not a text"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_without_advice_that_is_done_already(tmp_path: Path, text: str, reason: str) -> None:
    store = Store(tmp_path)
    key = store.load_or_compute("kind", {}, Provenance, lambda: Provenance(model="m")).key
    (tmp_path / "kind" / key[:2] / key / "meta.json").write_text(text)
    notice = store.load_or_compute("kind", {}, Provenance, lambda: Provenance(model="m")).notice
    assert notice is not None and f"was damaged ({reason}); it was set aside as" in notice


def test_a_file_that_vanishes_while_sizes_are_counted_counts_as_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.load_or_compute("kind", {}, Provenance, lambda: Provenance(model="m"))
    whole = store.sizes()["kind"]
    (tmp_path / "kind" / "gone").symlink_to(tmp_path / "nowhere")  # listed, and not there when its size is asked for
    assert store.sizes() == {"kind": whole} and whole > 0


def test_what_cannot_be_deleted_is_said(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.load_or_compute("delta", {"n": 1}, Sample, sample)

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.unlink", refuse)
    with pytest.raises(HypvizError, match=r"Not every stored delta result could be deleted .*Permission denied.*by hand"):
        store.clear("delta")
    monkeypatch.undo()
    store.clear("delta")
    store.clear("delta")  # nothing is there any more
    assert store.get("delta", {"n": 1}, Sample) is None
