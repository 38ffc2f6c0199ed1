"""What became of the rows of a person's own columns, in one sentence."""

from __future__ import annotations

from hypviz.records.columns import Joined, TokenColumns


def joined_sentence(columns: TokenColumns, joined: Joined) -> str:
    """How many rows name a drawn token, how many none, how many one that is taken, and how many could not be read."""
    rows = [f"{joined.n_matched:,} of {joined.n_rows:,} rows give a drawn token its values"]
    if joined.n_unmatched:
        rows.append(f"{joined.n_unmatched:,} name no token that is drawn")
    if joined.n_repeated:
        rows.append(f"{joined.n_repeated:,} only tokens that another row names, of which the first counts")
    if columns.n_skipped:
        rows.append(f"{columns.n_skipped:,} more could not be read ({'; '.join(columns.skipped)})")
    n_tokens = int((joined.row >= 0).sum())
    how = f"{columns.name}, joined by the {'id' if columns.by_id else 'text'} in “{columns.by}”"
    return f"{how}: {', '.join(rows)}; {n_tokens:,} of {len(joined.row):,} tokens have a row."
