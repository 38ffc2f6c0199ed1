"""Rows of a Parquet table: cells as JSON would have them, numbers by their digits; lists and records as they nest."""

from __future__ import annotations

import io
from typing import Any, cast

from hypviz.corpora.forms.entry import as_record
from hypviz.corpora.table import NumberLiteral, Rows, require_columns, require_rows, require_values
from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError

MARK = b"PAR1"
AT_ONCE = 64  # rows: a column of few different texts, each of 20 MB, takes little room in its file


def is_parquet(data: bytes) -> bool:
    """Whether the bytes begin and end as a Parquet table does (one without encryption)."""
    return len(data) > 12 and data.startswith(MARK) and data.endswith(MARK)


def parquet_rows(data: bytes, filename: str, most: int) -> Rows:
    """All rows, whose cells take at most `most` bytes in memory; `HypvizError` for a larger, wider or damaged table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: Any = cast(Any, pq).ParquetFile(io.BytesIO(data))
        names: list[str] = list(table.schema_arrow.names)
        require_columns(len(names), filename)
        require_rows(int(table.metadata.num_rows), filename)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise HypvizError(f"{filename} has the column “{quoted(twice)}” more than once; give every column its own name.")
        found = _rows(table, filename, most)
    except (cast("type[Exception]", pa.ArrowException), OSError, ValueError) as error:
        line = " ".join(str(error).split())
        raise HypvizError(f"{filename} is no Parquet table that can be read ({quoted(line, 100)}); write it once more.") from error
    return Rows(rows=tuple(found), places=tuple(f"row {number}" for number in range(1, len(found) + 1)), header=tuple(names))


def _rows(table: Any, filename: str, most: int) -> list[dict[str, Any]]:
    """The rows of the table, their cells as JSON would have them."""
    import pyarrow as pa

    narrow = [field.name for field in table.schema_arrow if pa.types.is_float16(field.type) or pa.types.is_float32(field.type)]
    found: list[dict[str, Any]] = []
    size = n_values = 0
    for batch in table.iter_batches(batch_size=AT_ONCE):
        size += sum(map(_bytes, batch.columns))
        if size > most:
            raise HypvizError(f"{filename} unpacks to more than the {most / 1e6:,.0f} MB that are read; cut it into parts.")
        n_values += sum(map(_values, batch.columns))
        require_values(n_values, filename)
        rows = [cast("dict[str, Any]", plain(row)) for row in batch.to_pylist()]
        for name in narrow:
            for row, digits in zip(rows, batch.column(name).cast(pa.string()).to_pylist(), strict=True):
                row[name] = None if digits is None else NumberLiteral(text=digits)  # as short as the narrow number allows
        found += rows
    return found


def _bytes(column: Any) -> int:
    """How many bytes the cells of a column take, each for itself; of a column of few different texts what its rows repeat."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    compute = cast(Any, pc)
    texts = column.dictionary.cast(pa.string())
    return int(column.nbytes) + int(compute.sum(compute.take(compute.binary_length(texts), column.indices)).as_py() or 0)


def _values(column: Any) -> int:
    """How many cells a column has, with those inside its lists and records."""
    import pyarrow as pa

    kind = column.type
    inside: list[Any] = []
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        inside = list(column.flatten()) if pa.types.is_struct(kind) else [column.keys, column.items]
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        inside = [column.flatten()]
    return len(column) + sum(map(_values, inside))


def plain(value: Any) -> Any:
    """A cell of a typed table as JSON would give it: text, yes or no, nothing, a `NumberLiteral`, a list, a record.

    Bytes are the text that they are in UTF-8, else nothing.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    record = as_record(value)
    if record is not None:
        return {key: plain(each) for key, each in record.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in cast("list[Any]", value)]
    return NumberLiteral(text=str(value)) if isinstance(value, (int, float)) else str(value)
