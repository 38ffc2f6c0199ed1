"""Rows of a Parquet table: cells as JSON would have them, numbers by their digits; lists and records as they nest."""

from __future__ import annotations

import io
from typing import Any, cast

from hypviz.corpora.forms.entry import as_record
from hypviz.corpora.rows import NumberLiteral, Rows
from hypviz.corpora.wording import quoted
from hypviz.errors import HypvizError

MARK = b"PAR1"
MOST_COLUMNS = 1000


def is_parquet(data: bytes) -> bool:
    """Whether the bytes begin and end as a Parquet table does (one without encryption)."""
    return len(data) > 12 and data.startswith(MARK) and data.endswith(MARK)


def parquet_rows(data: bytes, filename: str, most: int) -> Rows:
    """All rows, whose cells take at most `most` bytes in memory; `HypvizError` for a larger, wider or damaged table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[Any] = []
    size = 0
    try:
        table: Any = cast(Any, pq).ParquetFile(io.BytesIO(data))
        names: list[str] = list(table.schema_arrow.names)
        if len(names) > MOST_COLUMNS:
            raise HypvizError(f"{filename} has {len(names):,} columns, more than the {MOST_COLUMNS:,} that are read; keep fewer.")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise HypvizError(f"{filename} has the column “{quoted(twice)}” more than once; give every column its own name.")
        for batch in table.iter_batches(batch_size=1024):
            size += int(batch.nbytes)
            if size > most:
                raise HypvizError(f"{filename} unpacks to more than the {most / 1e6:,.0f} MB that are read; cut it into parts.")
            found.extend(plain(row) for row in batch.to_pylist())
    except (cast("type[Exception]", pa.ArrowException), OSError, ValueError) as error:
        line = " ".join(str(error).split())
        raise HypvizError(f"{filename} is no Parquet table that can be read ({quoted(line, 100)}); write it once more.") from error
    return Rows(rows=tuple(found), places=tuple(f"row {number}" for number in range(1, len(found) + 1)), header=tuple(names))


def plain(value: Any) -> Any:
    """A cell of a typed table as JSON would give it: text, yes or no, nothing, a `NumberLiteral`, a list, a record."""
    if value is None or isinstance(value, (str, bool)):
        return value
    record = as_record(value)
    if record is not None:
        return {key: plain(each) for key, each in record.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in cast("list[Any]", value)]
    return NumberLiteral(text=str(value)) if isinstance(value, (int, float)) else str(value)
