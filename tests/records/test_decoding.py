"""Records decode by their annotations: what a field does not promise is refused at the door, by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float, Int

from hypviz.errors import HypvizError
from hypviz.records import Provenance, Record, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner(Record):
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Record):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer(Record):
    steps: int
    rate: float
    is_done: bool
    title: str | None
    answer: Fraction
    inner: Inner
    either: Inner | Other
    several: tuple[Inner | None, ...]
    pair: tuple[int, str]
    sizes: dict[str, float]
    kind: Literal["a", "b"]
    free: dict[str, Any]
    rows: Float[np.ndarray, "n d"]
    ids: Int[np.ndarray, " n"]
    whatever: np.ndarray | None = None
    tail: tuple[float, ...] = ()


def outer() -> Outer:
    return Outer(
        steps=3,
        rate=0.5,
        is_done=True,
        title=None,
        answer=Fraction(1, 3),
        inner=Inner(name="x"),
        either=Other(name="y"),
        several=(Inner(name="z", level=2), None),
        pair=(1, "one"),
        sizes={"a": 1.5},
        kind="a",
        free={"b": [1, {"c": None}]},
        rows=np.ones((2, 3), dtype=np.float32),
        ids=np.arange(2),
        tail=(1.0, 2.5),
    )


def put_together(fields: dict[str, Any], arrays: dict[str, np.ndarray]) -> Outer:
    return Outer.from_store(Stored(fields=fields, arrays=arrays))


def changed(**fields: object) -> str:
    written = json.loads(outer().to_json())
    return json.dumps(written | fields)


def test_what_was_written_comes_back() -> None:
    read = Outer.from_json(outer().to_json())
    assert read.to_json() == outer().to_json()
    assert read.several == outer().several and read.either == Other(name="y") and read.answer == Fraction(1, 3)
    stored = outer().to_store()
    fields, arrays = stored.fields, stored.arrays
    joined = put_together(json.loads(json.dumps(fields)), arrays)
    assert joined.rows.dtype == np.float32 and np.array_equal(joined.rows, outer().rows) and joined.free == {"b": (1, {"c": None})}


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("steps", "ten", "'ten', not a whole number"),
        ("steps", 3.0, "3.0, not a whole number"),
        ("steps", True, "True, not a whole number"),
        ("steps", None, "None, not a whole number"),
        ("rate", "0.5", "'0.5', not a number"),
        ("rate", False, "False, not a number"),
        ("is_done", 1, "1, not true or false"),
        ("title", 4, "4, not a text or nothing"),
        ("answer", 0.25, "0.25, not a fraction"),
        ("answer", {"fraction": "1/0"}, "not a fraction"),
        ("answer", {"fraction": "one"}, "not a fraction"),
        ("inner", "x", "'x', not the record Inner"),
        ("inner", {"record": "Other", "schema": 1, "name": "x"}, "the record Other, not the record Inner"),
        ("either", {"record": "Outer", "schema": 1}, "the record Outer, not the record Inner or the record Other"),
        ("several", {"map": {}}, "not a list"),
        ("pair", [1, "one", 2], "not a list of 2"),
        ("sizes", [], "not a table"),
        ("kind", "c", "'c', not one of 'a', 'b'"),
        ("rows", [1.0], "not an array"),
        ("rows", {"array": None, "dtype": "<f4", "shape": [2, 3], "base64": "AAAA"}, "not an array"),
        ("rows", {"array": None, "dtype": "no", "shape": [1], "base64": "AAAA"}, "not an array"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_the_fields_name(field: str, value: object, wanted: str) -> None:
    with pytest.raises(HypvizError, match=rf"^Outer\.{field} is .*{wanted}"):
        Outer.from_json(changed(**{field: value}))


def test_the_place_inside_lists_tables_and_records_is_named() -> None:
    inner = {"record": "Inner", "schema": 1, "name": "x", "level": 0}
    with pytest.raises(HypvizError, match=r"^Outer\.several\[2\]\.level is 'high', not a whole number"):
        Outer.from_json(changed(several=[inner, None, inner | {"level": "high"}]))
    with pytest.raises(HypvizError, match=r"^Outer\.tail\[1\] is 'x', not a number"):
        Outer.from_json(changed(tail=[1.0, "x"]))
    with pytest.raises(HypvizError, match=r"^Outer\.sizes\[a\] is None, not a number"):
        Outer.from_json(changed(sizes={"map": {"a": None}}))
    with pytest.raises(HypvizError, match=r"^Outer\.pair\[1\] is 2, not a text"):
        Outer.from_json(changed(pair=[1, 2]))


def test_an_array_of_another_class_of_numbers_or_another_rank_is_refused() -> None:
    stored = outer().to_store()
    fields, arrays = stored.fields, stored.arrays
    with pytest.raises(HypvizError, match=r"^Outer\.rows is an array of int64 \(2, 3\), not"):
        put_together(fields, arrays | {"rows": np.ones((2, 3), dtype=np.int64)})
    with pytest.raises(HypvizError, match=r"^Outer\.rows is an array of float64 \(2,\), not"):
        put_together(fields, arrays | {"rows": np.ones(2)})
    with pytest.raises(HypvizError, match=r"^Outer\.ids is an array of bool \(2,\), not"):
        put_together(fields, arrays | {"ids": np.ones(2, dtype=bool)})
    assert put_together(fields, arrays | {"rows": np.ones((4, 1))}).rows.dtype == np.float64
    with pytest.raises(HypvizError, match=r"^Outer\.ids is .*, not an array"):
        put_together(fields, {"rows": arrays["rows"]})


def test_missing_and_unknown_fields_are_named_and_defaults_may_be_missing() -> None:
    written = json.loads(outer().to_json())
    del written["tail"], written["whatever"]
    assert Outer.from_json(json.dumps(written)).tail == ()
    del written["steps"]
    with pytest.raises(HypvizError, match=r"^Outer lacks steps"):
        Outer.from_json(json.dumps(written))
    with pytest.raises(HypvizError, match=r"^Outer\.inner has the unknown field colour"):
        Outer.from_json(changed(inner={"record": "Inner", "schema": 1, "name": "x", "colour": 1}))


def test_the_schema_of_inner_records_is_honoured() -> None:
    with pytest.raises(HypvizError, match=r"^Outer\.inner has schema 2, not 1"):
        Outer.from_json(changed(inner={"record": "Inner", "schema": 2, "name": "x"}))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "5", "null", "[1]", '{"map": {}}', '{"record": "Nobody", "schema": 1}'])
def test_text_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(HypvizError, match="Outer"):
        Outer.from_json(text)


def test_numbers_that_are_not_finite_are_refused() -> None:
    for written in ("NaN", "Infinity", "1e999"):
        with pytest.raises(HypvizError, match=r"^Outer\.rate is (nan|inf), not a number"):
            Outer.from_json(outer().to_json().replace('"rate": 0.5', f'"rate": {written}'))


def test_what_a_record_itself_refuses_is_said_with_its_name() -> None:
    with pytest.raises(HypvizError, match=r"^Strict: level 7 is too high"):
        Strict.from_json(json.dumps({"record": "Strict", "schema": 1, "level": 7}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict(Record):
    level: int

    def __post_init__(self) -> None:
        if self.level > 5:
            raise ValueError(f"level {self.level} is too high")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.sampled_from(["record", "map", "array"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(field=st.sampled_from(sorted(json.loads(outer().to_json()))), value=JSON)
def test_whatever_stands_in_a_field_is_a_value_of_its_kind_or_refused(field: str, value: object) -> None:
    try:
        read = Outer.from_json(changed(**{field: value}))
    except HypvizError as error:
        assert "Outer" in str(error)
    else:
        assert type(read.steps) is int and type(read.pair[1]) is str and isinstance(read.inner, Inner) and read.rows.ndim == 2


def test_provenance_is_decoded_with_its_table() -> None:
    made = Provenance(model="m", versions={"torch": "2"}, seconds=1)
    assert Provenance.from_json(made.to_json()) == made
    with pytest.raises(HypvizError, match=r"^Provenance\.versions\[torch\] is 2, not a text"):
        Provenance.from_json(made.to_json().replace('"2"', "2"))


def test_a_sequence_of_plain_values_is_encoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.records import encoding

    calls: list[str] = []
    one = encoding.encode
    monkeypatch.setattr(encoding, "encode", lambda value, arrays, path="": calls.append(path) or one(value, arrays, path))
    plain = {"texts": ("a", None, 1, True) * 50, "mixed": (1, 2.5, ("b",))}
    assert encoding.encode(plain, None) == {"map": {"texts": ["a", None, 1, True] * 50, "mixed": [1, 2.5, ["b"]]}}
    assert len(calls) == 6  # the table, its two entries, and the three of the second
    with pytest.raises(ValueError, match=r"texts\.1"):
        encoding.encode({"texts": ("a", float("nan"))}, None)
